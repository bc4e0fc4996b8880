"""What a message can be, and which attributes say whether and where a person gets one."""

from collections.abc import Mapping
from enum import StrEnum


class Medium(StrEnum):
    """What a message is, whoever carries it."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    PUSH = "push"
    WEBHOOK = "webhook"


# A push goes to devices and a webhook to a server: neither is an attribute of a person.
ADDRESS_ATTRIBUTES: Mapping[Medium, str] = {
    Medium.EMAIL: "email",
    Medium.SMS: "mobile",
    Medium.WHATSAPP: "mobile",
}
OPT_IN_ATTRIBUTES: Mapping[Medium, str] = {
    Medium.EMAIL: "email_opt_in",
    Medium.SMS: "sms_opt_in",
    Medium.WHATSAPP: "whatsapp_opt_in",
}
