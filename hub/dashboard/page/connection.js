// The page's link to the hub: the plain browser WebSocket with Web PubSub's JSON subprotocol.
//
// Every attempt negotiates anew, since the URL's token is short-lived. A link that has gone silent
// is found by pings, for a browser tells of a dead peer only after minutes.

const kSubprotocol = 'json.webpubsub.azure.v1';
const kFirstWait = 500;
const kLongestWait = 15_000;
const kPingEvery = 5_000;
const kSilenceLimit = 16_000;
const kConnectLimit = 10_000;
const kAckLimit = 10_000;
const kMostPending = 100;

export class Connection {
  #socket = null;
  #attempt = 0;
  #retryTimer = 0;
  #watchTimer = 0;
  #heard = 0;
  #pingSent = 0;  // of the ping that awaits its answer
  #lastPing = 0;
  #nextAck = 1;
  #pending = new Map();  // ackId or invocationId -> {resolve, sent, timer}

  #nextInvocation = 1;

  /** `onState({phase, retryAt?, reason?})`, `onConnected(negotiated)`, `onMessage(frame)`, `onPing(ms)`. */
  constructor(handlers) {
    this.handlers = handlers;
  }

  /** Connects now; also to be called when the network or the page came back. */
  start() {
    if (this.#socket) return;
    clearTimeout(this.#retryTimer);
    this.#open();
  }

  get isOnline() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Sends a user event; gives {success, error?, elapsed} when the ack came, or did not. */
  sendEvent(event, data) {
    return new Promise((resolve) => {
      const fail = (name, message) => resolve({ success: false, error: { name, message }, elapsed: 0 });
      if (!this.isOnline) return fail('Offline', 'There is no connection to the hub.');
      if (this.#pending.size >= kMostPending) return fail('Busy', 'Too many commands await their answer.');
      const ackId = this.#nextAck++;
      const timer = setTimeout(() => {
        this.#settle({ ackId, success: false, error: { name: 'Timeout', message: 'No answer came.' } });
      }, kAckLimit);
      this.#pending.set(ackId, { resolve, timer, sent: performance.now() });
      this.#socket.send(JSON.stringify({ type: 'event', event, ackId, dataType: 'json', data }));
    });
  }

  /** Invokes an event; gives the result, or throws. */
  async invoke(event, data) {
    if (!this.isOnline) throw new Error('There is no connection to the hub.');
    const invocationId = `i${this.#nextInvocation++}`;
    const { success, error, data: result } = await new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#settle({ ackId: invocationId, success: false, error: { name: 'Timeout', message: 'No answer came.' } });
      }, kAckLimit);
      this.#pending.set(invocationId, { resolve, timer, sent: performance.now() });
      this.#socket.send(JSON.stringify({ type: 'invoke', invocationId, target: 'event', event, dataType: 'json', data }));
    });
    if (!success) throw new Error(error?.message ?? 'refused');
    return result;
  }

  async #open() {
    this.handlers.onState({ phase: 'connecting' });
    const attempt = (this.#socket = {});  // a mark, until the real one is there
    let negotiated;
    try {
      const response = await fetch('dashboard/negotiate', {
        cache: 'no-store', signal: AbortSignal.timeout(kConnectLimit),
      });
      if (!response.ok) throw new Error(`the hub answered ${response.status}`);
      negotiated = await response.json();
    } catch (error) {
      if (this.#socket === attempt) this.#ended(error.name === 'TypeError' ? 'the hub is away' : error.message);
      return;
    }
    try {
      this.#connect(negotiated);
    } catch (error) {  // a URL that is none
      this.#ended(error.message);
    }
  }

  #connect(negotiated) {
    const socket = new WebSocket(negotiated.url, kSubprotocol);
    this.#socket = socket;
    this.#heard = performance.now();
    this.#watchTimer = setInterval(() => this.#watch(), 1000);
    const isCurrent = () => this.#socket === socket;
    socket.onmessage = ({ data }) => { if (isCurrent()) this.#receive(data, negotiated); };
    socket.onclose = ({ code, reason }) => {
      if (isCurrent()) this.#ended(reason || (code === 1006 ? 'the connection broke' : `closed with ${code}`));
    };
  }

  #receive(text, negotiated) {
    this.#heard = performance.now();
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      this.handlers.onMessage(null);
      return;
    }
    switch (frame.type) {
      case 'message': this.handlers.onMessage(frame); break;
      case 'ack': this.#settle(frame); break;
      case 'invokeResponse': this.#settle({ ...frame, ackId: frame.invocationId }); break;
      case 'pong': this.#pong(); break;
      case 'system': this.#system(frame, negotiated); break;
      default: break;  // frames of a later version
    }
  }

  #system(frame, negotiated) {
    if (frame.event === 'connected') {
      this.#attempt = 0;
      this.handlers.onConnected(negotiated);
      this.handlers.onState({ phase: 'online' });
      this.#ping();
    } else if (frame.event === 'disconnected') {
      this.#ended(frame.message || 'the hub ended it');
    }
  }

  #settle({ ackId, success, error, data }) {
    const pending = this.#pending.get(ackId);
    if (!pending) return;
    this.#pending.delete(ackId);
    clearTimeout(pending.timer);
    // A repeated id was executed before: that is success (Web PubSub, "Ack").
    pending.resolve({
      success: success === true || error?.name === 'Duplicate', error, data,
      elapsed: performance.now() - pending.sent,
    });
  }

  #ping() {
    this.#pingSent = this.#lastPing = performance.now();
    this.#socket.send('{"type":"ping"}');
  }

  #pong() {
    if (this.#pingSent) this.handlers.onPing(performance.now() - this.#pingSent);
    this.#pingSent = 0;
  }

  #watch() {
    const now = performance.now();
    const limit = this.isOnline ? kSilenceLimit : kConnectLimit;
    if (now - this.#heard > limit) this.#ended('the hub fell silent');
    else if (this.isOnline && !this.#pingSent && now - this.#lastPing >= kPingEvery) this.#ping();
  }

  #ended(reason) {
    const socket = this.#socket;
    this.#socket = null;
    this.#pingSent = 0;
    clearInterval(this.#watchTimer);
    socket?.close?.();
    for (const ackId of [...this.#pending.keys()]) {
      this.#settle({ ackId, success: false, error: { name: 'Disconnected', message: 'The connection ended first.' } });
    }
    // Full jitter, or every page reconnects in the moment the hub is back.
    const most = Math.min(kLongestWait, kFirstWait * 2 ** Math.min(this.#attempt++, 6));
    const wait = 100 + Math.random() * most;
    this.#retryTimer = setTimeout(() => this.start(), wait);
    this.handlers.onState({ phase: 'waiting', retryAt: performance.now() + wait, reason });
  }
}
