import { Plus } from 'lucide-react'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { FoundList } from '../ui/FoundList.tsx'
import { Menu } from '../ui/Menu.tsx'
import type { StreamLines } from './enteredLines.ts'
import { useFleetTick } from './fleet.ts'
import { foundStreams } from './foundStreams.ts'
import { markOfStream } from './StateMark.tsx'
import type { StreamName } from './snapshots.ts'

const shown = 12

interface AddStreamsProps {
  readonly most: number
  readonly lines: StreamLines
  /** The lines so far, whose streams are not offered again. */
  readonly text: string
  readonly disabled: boolean
  readonly onText: (text: string) => void
}
/** Adds streams to a field's lines by name, in a menu beside the form: what is added stays in sight. */
export function AddStreams({ most, lines, text, disabled, onText }: AddStreamsProps) {
  const there = lines.read(text)
  return (
    <Menu
      width={380}
      side="right"
      className="p-2"
      trigger={<Button icon={Plus} disabled={disabled || there.length >= most} className="self-end" text={t('wall.form.addStreams')} />}
    >
      <Streams most={most} there={there} canAdd={lines.canName} onAdd={(stream) => onText(lines.withOne(text, stream))} />
    </Menu>
  )
}

interface StreamsProps {
  readonly most: number
  readonly there: readonly (StreamName | null)[]
  readonly canAdd: (stream: StreamName) => boolean
  readonly onAdd: (stream: StreamName) => void
}
function Streams({ most, there, canAdd, onAdd }: StreamsProps) {
  useFleetTick()
  const find = (query: string) =>
    foundStreams(query, there.length < most ? shown + there.length : 0)
      .filter(({ facts: { serverId, path } }) => !there.some((one) => one?.serverId === serverId && one.path === path))
      .slice(0, shown)
      .filter(({ facts: { serverId, path } }) => canAdd({ serverId, path }))
      .map(({ facts: { serverId, path, state }, serverName, severity }) => ({
        key: `${serverId} ${path}`,
        one: { serverId, path },
        name: path,
        of: serverName,
        kind: markOfStream(state, severity),
      }))
  return <FoundList hint={t('streams.search')} none={t('common.nothingFound')} find={find} onChoose={onAdd} />
}
