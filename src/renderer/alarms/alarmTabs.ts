/** What the tabs of Alarms are called. */
export const alarmTabText = {
  now: 'common.now',
  history: 'alarms.tab.history',
  load: 'alarms.tab.load',
  availability: 'common.availability',
  maintenance: 'common.maintenance',
  rules: 'alarms.tab.rules',
  channels: 'channels.title',
} as const
