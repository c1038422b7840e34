import { t } from '../app/words.ts'
import type { StreamRow } from '../fleet/fleetRows.ts'
import { Button } from '../ui/Button.tsx'
import { Menu, MenuClose } from '../ui/Menu.tsx'
import { expectStreams } from './expectStreams.ts'

/** Expects all listed streams, or none of them. Those on demand are left out: their absence is intended. */
export function ExpectMenu({ rows }: { readonly rows: readonly StreamRow[] }) {
  const streams = rows.filter(({ facts }) => !facts.onDemand).map(({ facts }) => facts)
  if (streams.length === 0) return null
  return (
    <Menu width={300} className="gap-1.5 p-2.5" trigger={<Button>{t('stream.expectation.many')}</Button>}>
      <p className="text-muted text-sm">{t('stream.expectation.manyText')}</p>
      {[true, false].map((expected) => (
        <MenuClose key={String(expected)} asChild>
          <Button onClick={() => void expectStreams(streams, expected, t)}>
            {t(expected ? 'stream.expectation.these' : 'stream.expectation.notThese', { count: streams.length })}
          </Button>
        </MenuClose>
      ))}
    </Menu>
  )
}
