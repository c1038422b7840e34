/** Facts on the left, charts on the right; one below the other where it is narrow (or zoomed). */
export const factsBesideCharts =
  'flex min-h-0 flex-1 flex-col gap-4 max-[959px]:flex-none min-[960px]:grid min-[960px]:grid-cols-[clamp(330px,30%,520px)_minmax(0,1fr)]'

/** Events of a server itself, without which its streams' charts can't be understood. */
export const ownServerEvents = ['serverDown', 'serverSilent', 'serverUp', 'serverRestarted', 'serverUpgraded'] as const

/** What stands on the lane of a server: readers come and go all the time, and would hide the rest. */
export const serverEvents = [...ownServerEvents, 'streamOff', 'streamStalled', 'slateOn', 'forwardFailing'] as const
