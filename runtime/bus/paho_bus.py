"""The bus on bare paho-mqtt, driven by asyncio's socket hooks: the hub's implementation.

A fifth of the CPU a message of aiomqtt's (docs/adr/0002-the-hubs-mqtt-client.md), at the price of callbacks.
"""

import asyncio
import logging
import random
import socket
from collections.abc import Sequence

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from runtime.backoff import full_jitter
from runtime.bus.address import parse_address
from runtime.bus.port import BusListener, BusSettings, Outgoing, Received
from runtime.errors import BusUnavailable

log = logging.getLogger(__name__)

_STABLE_S = 10.0
_CONNECT_S = 10.0
_READS_A_TURN = 16


class PahoBus:
    """A :class:`~runtime.bus.port.Bus` over TCP for a busy process."""

    def __init__(self, settings: BusSettings, *, chance: random.Random | None = None) -> None:
        self._settings = settings
        self._address = parse_address(settings.url)
        self._chance = chance or random.Random()
        self._session: _Session | None = None

    @property
    def connected(self) -> bool:
        return self._session is not None and self._session.ready.done()

    async def run(self, listener: BusListener) -> None:
        loop = asyncio.get_running_loop()
        attempt = 0
        while True:
            started = loop.time()
            session = _Session(self._settings, listener, loop)
            self._session = session
            try:
                async with asyncio.timeout(_CONNECT_S):
                    await session.connect(
                        self._address.host, self._address.port, self._address.user, self._address.password
                    )
                listener.on_connected()
                reason = await asyncio.shield(session.lost)  # cancelled with us, it would pass for lost already
            except (OSError, TimeoutError) as error:
                reason = str(error) or type(error).__name__
            finally:
                told = session.ready.done() and not session.ready.cancelled() and session.ready.exception() is None
                self._session = None
                await session.close()
            if told:
                listener.on_disconnected(reason)
            attempt = 0 if told and loop.time() - started > _STABLE_S else attempt + 1
            wait_s = full_jitter(
                max(attempt - 1, 0),
                first_s=self._settings.backoff_first_s,
                most_s=self._settings.backoff_most_s,
                chance=self._chance,
            )
            log.info("bus_disconnected client=%s reason=%r retry_s=%.2f", self._settings.client_id, reason, wait_s)
            await asyncio.sleep(wait_s)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        session = self._session
        if session is None or not self.connected:
            where = f"{self._address.host}:{self._address.port}"
            raise BusUnavailable(f"{self._settings.client_id} is not connected to {where}")
        await session.publish(messages)

    def reconnect(self, reason: str) -> None:
        if self._session is not None:
            self._session.lose(reason)


class _Session:
    """One connection, from connect to loss. Everything but the TCP connect happens in the event loop."""

    def __init__(self, settings: BusSettings, listener: BusListener, loop: asyncio.AbstractEventLoop) -> None:
        self._settings = settings
        self._listener = listener
        self._loop = loop
        self.ready: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[str] = loop.create_future()
        self._drained = asyncio.Event()
        self._drained.set()
        self._acks: dict[int, asyncio.Future[None]] = {}
        self._socket: socket.socket | None = None
        self._writing = False
        self._misc: asyncio.TimerHandle | None = None
        self._count = 0
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.max_inflight_messages_set(0)  # our callers bound what is under way; paho's 20 would wait for _keep
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        client.on_socket_register_write = self._on_want_write
        if settings.will is not None:
            client.will_set(settings.will.topic, settings.will.payload, settings.will.qos, settings.will.retain)
        self._client = client

    async def connect(self, host: str, port: int, user: str | None, password: str | None) -> None:
        """Until connected and subscribed; raises ``OSError`` when the broker refuses or isn't there."""
        if user is not None:
            self._client.username_pw_set(user, password)
        code = await self._loop.run_in_executor(None, self._client.connect, host, port, self._settings.keepalive_s)
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise ConnectionError(paho.error_string(code))
        opened = self._client.socket()
        if not isinstance(opened, socket.socket):
            raise ConnectionError("the connection was closed at once")
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = opened
        self._loop.add_reader(opened, self._read)
        self._write()
        self._misc = self._loop.call_later(1.0, self._keep)
        either: set[asyncio.Future[None] | asyncio.Future[str]] = {self.ready, self.lost}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not self.ready.done():
            raise ConnectionError(self.lost.result())
        self.ready.result()

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """In order; waits for PUBACKs at QoS 1 and, when the socket is full, until it is drained."""
        waits: list[asyncio.Future[None]] = []
        for message in messages:
            info = self._client.publish(message.topic, message.payload, message.qos, message.retain)
            if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise BusUnavailable(f"{self._settings.client_id}: {paho.error_string(info.rc)}")
            if message.qos:
                self._client.on_publish = self._on_publish  # at QoS 0 paho would build objects for it each time
                waits.append(self._acks.setdefault(info.mid, self._loop.create_future()))
        self._write()
        if waits:
            await asyncio.wait(waits)
        if not self._drained.is_set():
            await self._drained.wait()
        if self.lost.done():
            raise BusUnavailable(f"{self._settings.client_id}: {self.lost.result()}")

    def lose(self, reason: str) -> None:
        """The connection is of no use any more."""
        self._forget_socket()
        if not self.lost.done():
            self.lost.set_result(reason)
        for ack in self._acks.values():
            ack.cancel()
        self._acks.clear()
        self._drained.set()

    async def close(self) -> None:
        """Say DISCONNECT if that is still possible, and close the socket."""
        if self._misc is not None:
            self._misc.cancel()
        if not self.lost.done():
            self._client.disconnect()
            self._write()
        self.lose("closed")
        if not self.ready.done():
            self.ready.cancel()
        opened = self._client.socket()
        if opened is not None:
            opened.close()

    def _read(self) -> None:
        for _ in range(_READS_A_TURN):
            before = self._count
            self._client.loop_read()
            if self._count == before:
                return

    def _write(self) -> None:
        if self._socket is None:
            return
        self._client.loop_write()
        self._follow_writer()

    def _follow_writer(self) -> None:
        if self._socket is None or self._client.want_write() == self._writing:
            return
        self._writing = not self._writing
        if self._writing:
            self._drained.clear()
            self._loop.add_writer(self._socket, self._write)
        else:
            self._loop.remove_writer(self._socket)
            self._drained.set()

    def _keep(self) -> None:
        self._client.loop_misc()
        if not self.lost.done():
            self._write()
            self._misc = self._loop.call_later(1.0, self._keep)

    def _forget_socket(self) -> None:
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            if self._writing:
                self._loop.remove_writer(self._socket)
                self._writing = False
            self._socket = None

    def _on_want_write(self, _client: paho.Client, _user: object, _socket: object) -> None:
        """Nothing to do: :meth:`publish` writes once for its messages, :meth:`_keep` what paho queues itself."""

    def _on_connect(
        self, client: paho.Client, _user: object, _flags: paho.ConnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if code.is_failure:
            self.ready.set_exception(ConnectionRefusedError(f"the broker refused the connection: {code}"))
            return
        if not self._settings.subscriptions:
            self.ready.set_result(None)
            return
        client.subscribe([(s.filter, s.qos) for s in self._settings.subscriptions])
        self._loop.call_soon(self._write)

    def _on_subscribe(
        self, _client: paho.Client, _user: object, _mid: int, codes: list[ReasonCode], _p: Properties | None
    ) -> None:
        if self.ready.done():
            return
        refused = [s.filter for s, code in zip(self._settings.subscriptions, codes, strict=True) if code.is_failure]
        if refused:
            self.ready.set_exception(ConnectionRefusedError(f"the broker refused to subscribe {', '.join(refused)}"))
        else:
            self.ready.set_result(None)

    def _on_message(self, _client: paho.Client, _user: object, message: paho.MQTTMessage) -> None:
        self._count += 1
        if message.qos:
            self._loop.call_soon(self._write)
        self._listener.on_message(Received(message.topic, bytes(message.payload), message.retain))

    def _on_publish(
        self, _client: paho.Client, _user: object, mid: int, _code: ReasonCode, _p: Properties | None
    ) -> None:
        ack = self._acks.pop(mid, None)
        if ack is not None and not ack.done():
            ack.set_result(None)

    def _on_disconnect(
        self, _client: paho.Client, _user: object, _flags: paho.DisconnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        self.lose(str(code))
