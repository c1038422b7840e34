import { useState } from 'react'
import type { Server } from '../../shared/servers.ts'
import { mostExpectedAtOnce, type StreamFacts } from '../../shared/streams.ts'
import { act } from '../app/act.ts'
import { client } from '../app/client.ts'
import { t } from '../app/words.ts'
import { fleet } from '../fleet/fleet.ts'
import type { StreamRow } from '../fleet/fleetRows.ts'
import { Banner } from '../ui/Banner.tsx'
import { Button } from '../ui/Button.tsx'
import { Menu, MenuClose } from '../ui/Menu.tsx'
import { Tick } from '../ui/Tick.tsx'

/** Expects all listed streams, or none of them. Those on demand are left out: their absence is intended. */
export function ExpectMenu({ rows }: { readonly rows: readonly StreamRow[] }) {
  const streams = rows.filter(({ facts }) => !facts.onDemand).map(({ facts }) => facts)
  if (streams.length === 0) return null
  return (
    <Menu width={300} className="gap-1.5 p-2.5" trigger={<Button>{t('stream.expectation.many')}</Button>}>
      <p className="text-muted text-sm">{t('stream.expectation.manyText')}</p>
      {[true, false].map((expected) => (
        <MenuClose key={String(expected)} asChild>
          <Button onClick={() => void expectStreams(streams, expected)}>
            {t(expected ? 'stream.expectation.these' : 'stream.expectation.notThese', { count: streams.length })}
          </Button>
        </MenuClose>
      ))}
    </Menu>
  )
}

/** Asks which streams of a server should be on air, until somebody decides that. */
export function NewServerOffer({ server, onChoose }: { readonly server: Server; readonly onChoose: () => void }) {
  const [withNew, setWithNew] = useState(true)
  const live = fleet.rowsOfServer(server.id).flatMap(({ facts }) => (isOffered(facts) ? [facts] : []))
  if (server.newStreams !== undefined || server.origin === 'yaml' || live.length === 0) return null
  const decide = async (expected: boolean | null) => {
    if (expected !== null && !(await expectStreams(live, expected))) return
    const isDecided = await act(client.servers.update({ id: server.id, change: { newStreams: withNew ? 'continuous' : 'events' } }))
    if (isDecided && expected === null) onChoose()
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

/** Says for this operator that streams are expected to be on air, or that they are not, and tells what became of it. Returns whether it was taken. */
export function expectStreams(streams: readonly { readonly serverId: string; readonly path: string }[], expected: boolean): Promise<boolean> {
  const named = streams.map(({ serverId, path }) => ({ serverId, path }))
  const send = async () => {
    for (let from = 0; from < named.length; from += mostExpectedAtOnce)
      await client.streams.expect({ streams: named.slice(from, from + mostExpectedAtOnce), expected })
  }
  return act(send(), t('common.saved'))
}
