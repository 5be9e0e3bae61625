"""amqtt's broker, told whom retained messages are for."""

from typing import Any

from amqtt.broker import Broker


class StrictBroker(Broker):  # type: ignore[misc]
    """Send retained messages to their subscribers only.

    amqtt 0.12 sends every client that connects what is retained under anybody's subscription, so each board
    would be handed all the others' states.
    """

    async def _publish_retained_messages_for_subscription(self, subscription: tuple[str, int], session: Any) -> None:
        subscribers = self._subscriptions.get(subscription[0], [])
        if any(subscriber is session for subscriber, _ in subscribers):
            await super()._publish_retained_messages_for_subscription(subscription, session)
