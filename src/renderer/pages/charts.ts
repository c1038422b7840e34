/** Facts on the left, charts on the right; stacked if narrow or zoomed. */
export const factsBesideCharts =
  'flex min-h-0 flex-1 flex-col gap-4 max-[959px]:flex-none min-[960px]:grid min-[960px]:grid-cols-[clamp(330px,30%,520px)_minmax(0,1fr)]'

/** Events of a server itself, which explain its streams' charts. */
export const ownServerEvents = ['serverDown', 'serverSilent', 'serverUp', 'serverRestarted', 'serverUpgraded', 'serverConfigurationChanged'] as const

/** Events on a server's lane. Readers are left out, because they come and go all the time and would hide the rest. */
export const serverEvents = [...ownServerEvents, 'streamOff', 'streamStalled', 'slateOn', 'forwardFailing'] as const
