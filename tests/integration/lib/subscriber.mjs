// A dashboard that counts instead of keeping what it gets: for runs that last.

import {WebPubSubClient, WebPubSubJsonProtocol} from '@azure/web-pubsub-client';

import {backend} from './clients.mjs';

export class Subscriber {
  /** Joins `groups`; `onSample(group, sample)` gets every reading. */
  static async join(connectionString, groups, onSample) {
    const subscriber = new Subscriber();
    subscriber.client = new WebPubSubClient({
      getClientAccessUrl: async () => {
        const token = await backend(connectionString)
          .getClientAccessToken({userId: 'subscriber', roles: ['webpubsub.joinLeaveGroup']});
        return token.url;
      },
    }, {protocol: WebPubSubJsonProtocol(), keepAliveIntervalInMs: 0, keepAliveTimeoutInMs: 0});
    subscriber.client.on('group-message', ({message}) => {
      for (const sample of message.data.samples) onSample(message.group, sample);
    });
    await subscriber.client.start();
    for (const group of groups) await subscriber.client.joinGroup(group);
    return subscriber;
  }

  stop() {
    this.client.stop();
  }
}
