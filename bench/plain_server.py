"""(d) The plain design (see references.sql) over HTTP, as one would write it in Python and have it fast: uvicorn on uvloop, asyncpg
with prepared statements and a few connections, no framework between. One process; the benchmark starts several on ports of their
own. POST /reservations with the body and the bearer token that Berth takes.

  plain_server.py PORT CONNECTIONS DATABASE-FOLDER DATABASE USER"""

import asyncio
import datetime
import hashlib
import json
import sys

import asyncpg
import uvicorn

TOKEN_PURPOSE = b"berth api token\0"   # the tokens are those of Berth

OWNER = "SELECT owner FROM plain.token WHERE token_hash = $1"
POOL = "SELECT id FROM plain.pool WHERE name = $1"
LOCK = "SELECT pg_advisory_xact_lock($1)"
BOOK = """
    INSERT INTO plain.reservation (pool, units, start_at, end_at, owner, name)
    SELECT p.id, $2, $3, $4, $5, $6 FROM plain.pool p
    WHERE p.id = $1 AND $2::int + (
      SELECT coalesce(sum(r.units), 0) FROM plain.reservation r
      WHERE r.pool = p.id AND r.start_at < $4::timestamptz AND r.start_at > $3::timestamptz - interval '1 day' AND r.end_at > $3
    ) <= p.units
    RETURNING id"""


class Refused(Exception):
    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


class Server:
    def __init__(self, connections, database):
        self.connections, self.database = connections, database
        self.pool, self.ids = None, {}

    async def start(self):
        self.pool = await asyncpg.create_pool(min_size=self.connections, max_size=self.connections, **self.database)

    async def owner(self, connection, headers):
        token = headers.get(b"authorization", b"").removeprefix(b"Bearer ")
        owner = await connection.fetchval(OWNER, hashlib.blake2b(TOKEN_PURPOSE + token, digest_size=32).digest())
        if owner is None:
            raise Refused(401, "no such token")
        return owner

    async def book(self, headers, body):
        try:
            wanted = json.loads(body)
            start, end = (datetime.datetime.fromisoformat(wanted[name]) for name in ("start", "end"))
            name, units, what = str(wanted["name"]), int(wanted["units"]), str(wanted["pool"])
        except (ValueError, KeyError, TypeError) as fault:
            raise Refused(422, f"not a booking: {fault}") from None
        async with self.pool.acquire() as connection:
            owner = await self.owner(connection, headers)
            if what not in self.ids:
                self.ids[what] = await connection.fetchval(POOL, what)
            pool = self.ids[what]
            async with connection.transaction():
                await connection.execute(LOCK, pool)
                booked = await connection.fetchval(BOOK, pool, units, start, end, owner, name)
        if booked is None:
            raise Refused(409, "not enough units are free then")
        return {"id": booked, "pool": what, "units": units, "start": wanted["start"], "end": wanted["end"], "name": name}

    async def __call__(self, scope, receive, send):
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        try:
            if (scope["method"], scope["path"]) != ("POST", "/reservations"):
                raise Refused(404, "only POST /reservations")
            status, answer = 201, await self.book(dict(scope["headers"]), body)
        except Refused as refused:
            status, answer = refused.status, {"detail": str(refused)}
        data = json.dumps(answer).encode()
        await send({"type": "http.response.start", "status": status,
                    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]})
        await send({"type": "http.response.body", "body": data})


async def main(port, connections, folder, database, user):
    server = Server(int(connections), {"host": folder, "database": database, "user": user})
    await server.start()
    await uvicorn.Server(uvicorn.Config(server, host="127.0.0.1", port=int(port), http="httptools", lifespan="off", access_log=False,
                                        proxy_headers=False, log_level="warning")).serve()


if __name__ == "__main__":
    import uvloop
    uvloop.install()
    asyncio.run(main(*sys.argv[1:]))
