/** What the sections of Settings are called. */
export const settingsSectionText = {
  servers: 'common.servers',
  streams: 'common.streams',
  pictures: 'settings.sections.pictures',
  display: 'settings.sections.display',
  notifications: 'settings.sections.notifications',
  history: 'pages.history',
  about: 'settings.sections.about',
} as const
