"""The channels whose answers go to a provider, by name. There is no other list."""

from collections.abc import Mapping

from services.gateway.addresses import Addresses
from services.gateway.channels import slack, twilio_sms
from services.gateway.channels.twilio_sms import TwilioSms
from services.gateway.conversation_rules import letters_id
from services.gateway.ports import PushChannel
from services.gateway.settings import GatewaySettings


def push_channels(settings: GatewaySettings) -> Mapping[str, PushChannel]:
    """Every one there is, whether or not its provider is configured."""
    choices = slack.Choices(Addresses(settings.channel_secret.get_secret_value()))
    return {
        slack.CHANNEL: slack.SlackMessages(choices, letters_id),
        twilio_sms.CHANNEL: TwilioSms(
            answer_seconds=settings.twilio_answer_seconds, most_segments=settings.twilio_sms_segments
        ),
    }
