"""The channels whose answers go to a provider, by name. There is no other list."""

from collections.abc import Mapping

from services.gateway.channels import twilio_sms
from services.gateway.channels.twilio_sms import TwilioSms
from services.gateway.channels import twilio_sms
from services.gateway.channels.twilio_sms import TwilioSms
from services.gateway.ports import PushChannel
from services.gateway.settings import GatewaySettings


def push_channels(settings: GatewaySettings) -> Mapping[str, PushChannel]:
    """Every one there is, whether or not its provider is configured."""
    return {
        twilio_sms.CHANNEL: TwilioSms(
            answer_seconds=settings.twilio_answer_seconds, most_segments=settings.twilio_sms_segments
        )
    }
