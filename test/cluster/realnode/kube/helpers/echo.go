package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"time"
)

// runEcho is what tests put behind the router: it says who asked for what, and as a web socket it says back what it hears.
func runEcho(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("echo-server", flag.ContinueOnError)
	listen := flags.String("listen", ":8080", "address and port to serve on")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	server := &http.Server{Addr: *listen, Handler: http.HandlerFunc(echo), ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { server.Close() })
	return server.ListenAndServe()
}

func echo(w http.ResponseWriter, request *http.Request) {
	if request.Header.Get("Upgrade") == "" {
		fmt.Fprintf(w, "host %s path %s from %s\n", request.Host, request.URL.Path, request.RemoteAddr)
		return
	}
	connection, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer connection.Close()
	fmt.Fprintf(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", request.Header.Get("Upgrade"))
	_, _ = io.Copy(connection, buffered) // Until the other end has enough of it.
}
