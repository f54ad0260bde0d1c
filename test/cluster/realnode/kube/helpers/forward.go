package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"sync"

	"k8s.io/klog/v2"
)

// runForward carries connections to one port on to another address. Browsers take every name below "localhost" for the
// loopback address, so a test may open http://any-name.localhost:PORT/ without a DNS.
func runForward(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("forward", flag.ContinueOnError)
	listen := flags.String("listen", "", "address and port to take connections on")
	to := flags.String("to", "", "address and port to carry them to")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return fmt.Errorf("--listen %s: %w", *listen, err)
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	for {
		from, err := listener.Accept()
		if err != nil {
			return fmt.Errorf("take a connection on %s: %w", *listen, err)
		}
		go carry(from, *to)
	}
}

func carry(from net.Conn, address string) {
	defer from.Close()
	to, err := net.Dial("tcp", address)
	if err != nil {
		klog.ErrorS(err, "not carried on")
		return
	}
	defer to.Close()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{from, to}, {to, from}} {
		both.Go(func() {
			_, _ = io.Copy(way[1], way[0])
			if half, ok := way[1].(*net.TCPConn); ok {
				_ = half.CloseWrite() // The other direction may still have something to say.
			}
		})
	}
	both.Wait()
}
