"""A mailbox on loopback that speaks as much IMAP as is needed to read it (RFC 3501)."""

import asyncio
import re
import shlex
from dataclasses import dataclass, field
from typing import Self

CAPABILITIES = "IMAP4rev1 UIDPLUS MOVE"


@dataclass(eq=False)
class ImapServer:
    """Keeps mails in folders, each with its flags.

    Shape:  capabilities - what it says it can; password - that it wants; refused - commands it says
            no to; asked - every command as it came, without the password.
    """

    capabilities: str = CAPABILITIES
    password: str = "lovelace"
    refused: set[str] = field(default_factory=set[str])
    folders: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}, "Done": {}})
    flags: dict[int, set[str]] = field(default_factory=dict[int, set[str]])
    asked: list[str] = field(default_factory=list[str])
    port: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    def put(self, mail: str) -> int:
        """Put a mail into the inbox; return its number."""
        uid = sum(len(folder) for folder in self.folders.values()) + 11
        self.folders["INBOX"][uid] = mail.replace("\n", "\r\n").encode()
        self.flags[uid] = set()
        return uid

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"* OK [CAPABILITY {self.capabilities}] ready\r\n".encode())
        while line := (await reader.readline()).decode("latin-1").strip():
            if not line.isprintable():
                break  # no command, but the beginning of TLS
            tag, *words = shlex.split(line.replace("\\", "\\\\"))
            name = " ".join(words[:2] if words[0] == "UID" else words[:1]).upper()
            arguments = words[2:] if words[0] == "UID" else words[1:]
            self.asked.append(name if name == "LOGIN" else line.partition(" ")[2])
            writer.write(b"".join(self._answer(name, arguments)))
            is_refused = name in self.refused or (name == "LOGIN" and arguments[1] != self.password)
            writer.write(f"{tag} {'NO' if is_refused else 'OK'} {name} done\r\n".encode())
            if name == "LOGOUT":
                break
        writer.close()

    def _answer(self, name: str, arguments: list[str]) -> list[bytes]:
        inbox = self.folders["INBOX"]
        if name in self.refused:
            return []
        match name:
            case "CAPABILITY":
                return [f"* CAPABILITY {self.capabilities}\r\n".encode()]
            case "SELECT":
                return [f"* {len(inbox)} EXISTS\r\n".encode()]
            case "UID SEARCH":
                unread = [uid for uid in sorted(inbox) if "\\Seen" not in self.flags[uid]]
                return [f"* SEARCH {' '.join(map(str, unread))}\r\n".encode()]
            case "UID FETCH":
                uid = int(arguments[0])
                mail = inbox[uid]
                head = f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(mail)}}}\r\n".encode()
                return [head, mail, b")\r\n"]
            case "UID STORE":
                self.flags[int(arguments[0])] |= set(re.findall(r"\\\w+", arguments[-1]))
            case "UID MOVE":
                self.folders[arguments[1]][int(arguments[0])] = inbox.pop(int(arguments[0]))
            case "UID COPY":
                self.folders[arguments[1]][int(arguments[0])] = inbox[int(arguments[0])]
            case "UID EXPUNGE":
                inbox.pop(int(arguments[0]))
            case _:
                pass
        return []
