import type { SessionGrouping } from '../../shared/sessions.ts'

/** What sessions are grouped and filtered by. */
export const sessionFilterText = {
  address: 'common.address',
  network: 'sessions.filter.network',
  agent: 'sessions.filter.agent',
  user: 'common.user',
  path: 'pages.stream',
  server: 'common.server',
  protocol: 'sessions.filter.protocol',
} as const satisfies Record<SessionGrouping, string>
