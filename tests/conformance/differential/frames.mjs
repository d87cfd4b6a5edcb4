// Frames of every subprotocol as the objects that the JSON subprotocols have, so that they compare.

import { fileURLToPath } from 'node:url';

import protobuf from 'protobufjs';

const schema = protobuf.loadSync(
  fileURLToPath(new URL('../../../webpubsub/protocol/webpubsub.proto', import.meta.url)),
);
const asObject = { longs: Number, bytes: String, defaults: false };

const payload = (data) => {
  if (data === undefined) return {};
  if (data.textData !== undefined) return { dataType: 'text', data: data.textData };
  if (data.jsonData !== undefined) return { dataType: 'json', data: JSON.parse(data.jsonData) };
  return { dataType: 'binary', data: data.binaryData ?? '' };
};
const flat = (type, { data, ...rest }) => ({ type, ...rest, ...payload(data) });

const upstream = {
  sendToGroupMessage: (m) => flat('sendToGroup', m),
  eventMessage: (m) => flat('event', m),
  joinGroupMessage: (m) => flat('joinGroup', m),
  leaveGroupMessage: (m) => flat('leaveGroup', m),
  sequenceAckMessage: (m) => flat('sequenceAck', m),
  pingMessage: () => ({ type: 'ping' }),
  invokeEventMessage: (m) => ({ ...flat('invoke', m), target: 'event' }),
  streamDataMessage: (m) => flat('streamData', m),
  streamEndMessage: (m) => flat('streamEnd', m),
};
const downstream = {
  ackMessage: (m) => ({ success: false, ...flat('ack', m) }),
  dataMessage: (m) => flat('message', m),
  systemMessage: ({ connectedMessage, disconnectedMessage }) =>
    connectedMessage
      ? { type: 'system', event: 'connected', ...connectedMessage }
      : { type: 'system', event: 'disconnected', message: disconnectedMessage.reason },
  pongMessage: () => ({ type: 'pong' }),
  invokeResponseMessage: (m) => ({ success: false, ...flat('invokeResponse', m) }),
  streamAckMessage: (m) => flat('streamAck', m),
  streamNackMessage: (m) => flat('streamNack', m),
  streamClosedMessage: (m) => flat('streamClosed', m),
};

/** A frame as it passed the wire. */
export function read(frame, toService) {
  if (typeof frame === 'string') return JSON.parse(frame);
  const kind = schema.lookupType(`webpubsub.wire.${toService ? 'Up' : 'Down'}streamMessage`);
  const [[name, message]] = Object.entries(kind.toObject(kind.decode(frame), asObject));
  const known = (toService ? upstream : downstream)[name];
  if (!known) throw new Error(`a frame nobody expects here: ${name}`);
  return known(message);
}

/** Numbers ids in the order they are first seen. */
class Names {
  known = new Map();
  of(id) {
    if (!this.known.has(id)) this.known.set(id, this.known.size + 1);
    return this.known.get(id);
  }
}

/** Without what a recovered connection heard before. */
function withoutRepeats(frames) {
  let connection;
  let newest = 0;
  return frames.filter(({ connectionId, type, sequenceId }) => {
    if (connectionId && connectionId !== connection) [connection, newest] = [connectionId, 0];
    if (type !== 'message' || sequenceId === undefined) return true;
    if (sequenceId <= newest) return false;
    newest = sequenceId;
    return true;
  });
}

/**
 * What one client and the service said to each other, without what may differ: the values of ids,
 * members that say nothing (`noEcho: false`, an empty user), pings, when sequence ids were
 * acknowledged, and so what a recovered connection hears again; the last one acknowledged is kept.
 */
export function comparable({ handshakes, toService, toClient, closes }) {
  const names = {
    ackId: new Names(),
    connectionId: new Names(),
    invocationId: new Names(),
    streamId: new Names(),
  };
  const tidy = (frame) => {
    const out = { ...frame };
    for (const [member, known] of Object.entries(names)) {
      if (member in out) out[member] = known.of(out[member]);
    }
    if (out.stream) out.stream = { ...out.stream, streamId: names.streamId.of(out.stream.streamId) };
    if (out.reconnectionToken) out.reconnectionToken = 'a token';
    if (out.noEcho === false) delete out.noEcho;
    if (!out.userId) delete out.userId;
    if (!out.fromUserId) delete out.fromUserId;
    if (out.stream) out.stream = JSON.parse(JSON.stringify(out.stream));
    return out;
  };
  const quiet = ['ping', 'pong', 'sequenceAck'];
  const kept = (frames) => frames.filter(({ type }) => !quiet.includes(type)).map(tidy);
  return {
    handshakes,
    toService: kept(toService),
    toClient: kept(withoutRepeats(toClient)),
    acknowledged: toService.filter(({ type }) => type === 'sequenceAck').at(-1)?.sequenceId,
    // A close without a code says the same as 1000.
    closes: closes.map(({ by, code }) => ({ by, code: code === 1005 ? 1000 : code })),
  };
}
