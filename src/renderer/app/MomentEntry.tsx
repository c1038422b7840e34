import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { entryTime, formatDateTime, formatSpan, zoneNameAt, zoneOf } from '../../shared/units.ts'
import { Button } from '../ui/Button.tsx'
import { Chip } from '../ui/Chip.tsx'
import { TextField } from '../ui/Field.tsx'
import { engineNow } from '../ui/now.ts'
import { useConnection } from './client.ts'
import { goToMoment, useMoment } from './moment.ts'
import { usePreferences } from './preferences.ts'
import { readTypedMoment } from './typedMoment.ts'

const minuteMs = 60_000
const earlier = [minuteMs, 10 * minuteMs, 60 * minuteMs, 24 * 60 * minuteMs, 7 * 24 * 60 * minuteMs]

/** Input for the moment to go to. */
export function MomentEntry({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation()
  const { zone: choice } = usePreferences()
  const { hello } = useConnection()
  const moment = useMoment()
  const bundle = hello?.bundle ?? null
  const zone = zoneOf(choice)
  const start = moment ?? engineNow()
  const [text, setText] = useState(() => entryTime(start, choice))
  const [trouble, setTrouble] = useState<string | null>(null)
  const named = (at: number) => `${formatDateTime(at, choice)} ${zoneNameAt(at, zone)}`

  const go = (at: number) => {
    if (bundle !== null && (at < bundle.from || at > bundle.to)) {
      setTrouble(t('past.outside', { from: named(bundle.from), to: named(bundle.to) }))
      return
    }
    if (at > engineNow()) {
      setTrouble(t('past.future'))
      return
    }
    goToMoment(at)
    onDone()
  }
  const submit = () => {
    const at = readTypedMoment(text, zone, start, { latest: engineNow() })
    if (at === null) setTrouble(t('past.unreadable'))
    else go(at)
  }
  return (
    <form
      className="flex w-[340px] flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <div className="flex items-start gap-2">
        <TextField
          label={t('past.moment')}
          autoFocus
          onFocus={(event) => event.target.select()}
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            setTrouble(null)
          }}
          error={trouble}
          hint={t('past.momentHint', { zone: `${zone} (${zoneNameAt(start, zone)})` })}
          className="min-w-0 flex-1"
        />
        <Button look="primary" type="submit" className="mt-[23px]">
          {t('history.show')}
        </Button>
      </div>
      {bundle === null && (
        <div className="flex flex-wrap gap-1.5 border-line border-t pt-2">
          {earlier.map((ms) => (
            <Chip key={ms} onClick={() => go(engineNow() - ms)}>
              {t('common.ageAgo', { age: formatSpan(ms) })}
            </Chip>
          ))}
        </div>
      )}
    </form>
  )
}
