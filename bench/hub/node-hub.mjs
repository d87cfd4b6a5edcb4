// A minimal hub by hand: what people write first for the same fan-out. It knows the two frames that
// the crowd sends, checks no token and protects itself against nothing.

import {WebSocketServer} from 'ws';

const groups = new Map();
const server = new WebSocketServer({
  host: '127.0.0.1', port: 0, perMessageDeflate: false, handleProtocols: (offered) => [...offered][0],
});

let connections = 0;
server.on('connection', (socket) => {
  socket.send(JSON.stringify({type: 'system', event: 'connected', connectionId: `c${++connections}`}));
  socket.on('message', (bytes) => {
    const frame = JSON.parse(bytes);
    if (frame.type === 'joinGroup') {
      if (!groups.has(frame.group)) groups.set(frame.group, new Set());
      groups.get(frame.group).add(socket);
      socket.on('close', () => groups.get(frame.group).delete(socket));
      socket.send(JSON.stringify({type: 'ack', ackId: frame.ackId, success: true}));
    } else if (frame.type === 'sendToGroup') {
      const {group, dataType, data} = frame;
      const text = JSON.stringify({type: 'message', from: 'group', group, dataType, data});
      for (const member of groups.get(group) ?? []) member.send(text);
    }
  });
});
server.on('listening', () => console.log(JSON.stringify({port: server.address().port})));
