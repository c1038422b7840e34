import { useState } from 'react'
import { toast } from 'sonner'
import type { Server } from '../../shared/servers.ts'
import type { StreamFacts } from '../../shared/streams.ts'
import { client } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { t } from '../app/words.ts'
import { fleet } from '../fleet/fleet.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { Tick } from '../ui/Tick.tsx'
import { expectStreams } from './expectStreams.ts'

/** Asks which streams of a server should be on air, until somebody decides that. */
export function NewServerOffer({ server, onChoose }: { readonly server: Server; readonly onChoose: () => void }) {
  const [withNew, setWithNew] = useState(true)
  const live = fleet.rowsOfServer(server.id).flatMap(({ facts }) => (isOffered(facts) ? [facts] : []))
  if (server.newStreams !== undefined || server.origin === 'yaml' || live.length === 0) return null
  const decide = async (expected: boolean | null) => {
    if (expected !== null && !(await expectStreams(live, expected, t))) return
    try {
      await client.servers.update({ id: server.id, change: { newStreams: withNew ? 'continuous' : 'events' } })
      if (expected === null) onChoose()
    } catch (error) {
      toast.error(failureText(error))
    }
  }
  return (
    <Banner
      kind="idle"
      title={t('stream.expectation.offer', { count: live.length })}
      actions={
        <>
          <Button look="primary" onClick={() => void decide(true)} text={t('stream.expectation.all')} />
          <Button onClick={() => void decide(null)}>{t('stream.expectation.choose')}</Button>
          <Button onClick={() => void decide(false)}>{t('stream.expectation.none')}</Button>
        </>
      }
    >
      <Tick labelClass="mt-0.5 flex items-center gap-1.5 text-text" checked={withNew} onTick={(on) => setWithNew(on)}>
        {t('stream.expectation.newOnes')}
      </Tick>
    </Banner>
  )
}

/** Live, and nothing but its being live speaks for it. */
const isOffered = ({ state, onDemand, expectedBy }: StreamFacts): boolean =>
  state === 'live' && !onDemand && (expectedBy === undefined || expectedBy.by === 'learned')
