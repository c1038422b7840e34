/** Words of the channels that alarms are told to. */
export const en = {
  channels: {
    title: 'Channels',
    test: 'Test',
    testOf: 'Send a test message to {{name}}',
    accepted: '{{name}} accepted the test message',
    notAccepted: '{{name}}: {{reason}}',
    well: 'accepts messages',
    unused: 'nothing sent yet',
    refusedAt: 'Refused a message at {{time}}: {{reason}}',
    empty: 'Nobody is told of alarms elsewhere',
    emptyText: 'Channels and routes are part of the configuration file: docs/alarms.md says how. They take effect while the console runs.',
    column: {
      name: 'Name',
      kind: 'Kind',
      to: 'To',
      state: 'State',
      waiting: 'Waiting',
      refused: 'Refused',
      delivered: 'Last accepted',
    },
  },
}
