import { Mark } from '../ui/Mark.tsx'
import { Tooltip } from '../ui/Tooltip.tsx'
import { useHeartbeat } from './heartbeat.ts'

/** Letters of names that fit beside the age of the data. */
const lettersInBar = 20

/** Age of the shown data, in the top bar. */
export function Heartbeat() {
  const { kind, words, tip } = useHeartbeat(lettersInBar)
  return (
    <Tooltip content={tip}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the explanation must be reachable by keyboard */}
      <span tabIndex={0} data-heartbeat className="flex min-w-0 items-center gap-[7px] text-muted">
        {kind === 'ok' ? (
          <>
            <i className="h-[7px] w-[7px] flex-none rounded-full bg-ok" />
            <span className="min-w-0 max-w-[280px] truncate max-[760px]:sr-only">{words}</span>
          </>
        ) : (
          <Mark kind={kind} word={words} />
        )}
      </span>
    </Tooltip>
  )
}
