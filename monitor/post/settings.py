"""What an installation says of its mail: ``MONITOR_MAIL_*`` in the environment, passwords in files that only their owner reads.

No password stands in an address, a config file or a message; printing the settings shows none.
"""

from __future__ import annotations

import ipaddress
import os
import stat
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from monitor.post import PostError
from monitor.post.addresses import NotAnAddress, address_of
from monitor.post.envelope import Sender

LogFormat = Literal["postfix", "exim", "lines"]


class MailSettings(BaseSettings):
    """The mail of one installation.

    ``host`` empty: no mail can be sent. ``security``: ``starttls`` (port 587), ``tls`` (port 465) or ``none``, this last to this
    very machine only. ``password_file``: instead of ``password``; readable by its owner alone. ``ca_file``: a certificate
    authority to trust besides the system's. ``operator``: who is told when something fails. ``leave_url``: public https address
    of `monitor serve`. ``leave_mail``: a mailbox that somebody reads. ``log``: log of the mail server on this machine, which
    tells after a crash what it took (``log_format``: postfix, exim, or lines with nothing but Message-IDs). ``imap_*``: a mailbox
    in which a copy of everything sent is kept. ``heartbeat``: an address to ask after each run, so that somebody notices silence.
    """

    model_config = SettingsConfigDict(env_prefix="MONITOR_MAIL_", extra="ignore", frozen=True, hide_input_in_errors=True)

    host: str = Field(default="", pattern=r"^[A-Za-z0-9.:_-]*$")
    port: int = Field(default=0, ge=0, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    ca_file: Path | None = None
    sender: str = ""
    sender_name: str = ""
    return_path: str = ""
    reply_to: str = ""
    domain: str = Field(default="", pattern=r"^[A-Za-z0-9.-]*$")
    operator: str = ""
    leave_url: str = Field(default="", pattern=r"^(https://[!-~]+)?$")
    leave_mail: str = ""
    key_file: Path | None = None
    log: Path | None = None
    log_format: LogFormat = "postfix"
    imap_host: str = Field(default="", pattern=r"^[A-Za-z0-9.:_-]*$")
    imap_port: int = Field(default=993, ge=1, le=65_535)
    imap_security: Literal["tls", "none"] = "tls"
    imap_user: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_password_file: Path | None = None
    imap_mailbox: str = Field(default="Sent", pattern=r"^[ !#-\[\]-~]*$")
    heartbeat: SecretStr = SecretStr("")

    @field_validator("sender", "return_path", "reply_to", "operator", "leave_mail")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        try:
            return address_of(text).text if text else ""
        except NotAnAddress as error:
            raise ValueError(f"{error}") from None

    @field_validator("heartbeat")
    @classmethod
    def _is_reached_safely(cls, address: SecretStr) -> SecretStr:
        text = address.get_secret_value()
        if (
            text
            and not text.startswith("https://")
            and not text.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))
        ):
            raise ValueError("expected an https address")
        return address

    @model_validator(mode="after")
    def _is_whole(self) -> MailSettings:
        for host, security in ((self.host, self.security), (self.imap_host, self.imap_security)):
            if host and security == "none" and not is_this_machine(host):
                raise ValueError("security 'none' is for a server on this very machine; use starttls or tls")
        if self.host and not self.sender:
            raise ValueError("MONITOR_MAIL_SENDER is missing: the address that mail comes from")
        if self.host and not self.leave_url and not self.leave_mail:
            raise ValueError("set MONITOR_MAIL_LEAVE_URL or MONITOR_MAIL_LEAVE_MAIL: readers need a way to leave")
        return self

    @property
    def smtp_port(self) -> int:
        """Return the port: as set, or that of the security."""
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]

    def secret(self) -> str:
        """Return the password for sending, empty for none."""
        return _secret(self.password, self.password_file)

    def imap_secret(self) -> str:
        """Return the password of the mailbox."""
        return _secret(self.imap_password, self.imap_password_file)

    def as_sender(self) -> Sender:
        """Return who sends; :class:`PostError` where nothing can be sent."""
        if not self.host:
            raise PostError(
                "no mail server is set", what_to_do="set MONITOR_MAIL_HOST, MONITOR_MAIL_SENDER and the others (README, Mail)"
            )
        return self.preview_sender()

    def preview_sender(self) -> Sender:
        """Return who sends, or a stand-in where nothing is set: for looking only."""
        return Sender(
            self.sender or "digest@example.org", self.sender_name, self.domain, self.leave_url, self.leave_mail, self.reply_to
        )


def is_this_machine(host: str) -> bool:
    """Return whether a host is this machine by its own words: a loopback address, or localhost."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _secret(given: SecretStr, path: Path | None) -> str:
    if path is None:
        return given.get_secret_value()
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise PostError(f"{path} may be read by others", what_to_do=f"run `chmod 600 {path}`, and change the password")
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise PostError(
            f"{path} cannot be read", what_to_do="give this user the right to read it, and save it as UTF-8"
        ) from None
