import { Command } from 'cmdk'
import { ArrowRight, History, type LucideIcon, Search, Zap } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { useDeferredValue, useState } from 'react'
import { nextTheme, toggleFullScreen, toggleRail, toggleZone } from '../app/actions.ts'
import { connection } from '../app/client.ts'
import { findByName } from '../app/findByName.ts'
import { setOpen, useBare } from '../app/frameState.ts'
import { useBoundKeys } from '../app/keys.ts'
import { languages } from '../app/languages.ts'
import { goToMoment, momentNow } from '../app/moment.ts'
import { setPreferences } from '../app/preferences.ts'
import { t } from '../app/words.ts'
import { KeyHint } from '../ui/Button.tsx'
import { type Choice, type ChoiceGroup, manualChoice, type NamedChoice, plainChoice, useFoundChoices, useGo } from './foundChoices.tsx'
import { type PageRow, pages } from './pages.tsx'

export function CommandPalette({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/55" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-40 w-[640px] max-w-[94vw] -translate-x-1/2 overflow-hidden rounded-lg border border-line-strong bg-surface shadow-float"
        >
          <Radix.Title className="sr-only">{t('keys.palette')}</Radix.Title>
          <Choices onClose={onClose} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** The icon of a page, or of the page above it in the address. */
function iconOf(page: PageRow): LucideIcon {
  const above = pages.filter(({ icon, path }) => icon !== null && page.path.startsWith(`${path}/`))
  return page.icon ?? above.at(-1)?.icon ?? ArrowRight
}

/** Not those of one server, host or stream, which are found by its name. */
function usePageChoices(): readonly NamedChoice[] {
  const go = useGo()
  const { hello } = connection()
  return pages
    .filter(({ path, to, setsUp }) => !(to ?? path).includes(':') && !(setsUp && hello?.bundle))
    .map((page) => plainChoice(`page ${page.path}`, t(`pages.${page.title}`), iconOf(page), go(page.to ?? page.path)))
}

function useActionChoices(): readonly NamedChoice[] {
  const { hello } = connection()
  const past = momentNow() !== null
  const bare = useBare()
  const keysOf = useBoundKeys()
  // Actions of the open page, and the sound: the rest of the keys has choices of its own here.
  const bound = [...keysOf('page').filter(({ keys }) => /^[a-z]$/.test(keys)), ...keysOf('everywhere').filter(({ keys }) => keys === 'shift+m')]
  return [
    ...bound.map(({ keys, words, run }) => ({ ...plainChoice(`key ${keys}`, words, Zap, run), hint: <KeyHint>{keys}</KeyHint> })),
    ...(past || !bare ? [plainChoice('moment', t('past.goTo'), History, () => setOpen('moment'))] : []),
    ...(past && !hello?.bundle ? [plainChoice('now', t('common.backToNow'), Zap, () => goToMoment(null))] : []),
    plainChoice('theme', t('keys.theme'), Zap, nextTheme),
    plainChoice('zone', t('keys.zone'), Zap, toggleZone),
    plainChoice('full', t('common.fullScreen'), Zap, toggleFullScreen),
    plainChoice('rail', t('common.collapseOrExpandTheSidebar'), Zap, toggleRail),
    plainChoice('keys', t('common.keyboardShortcuts'), Zap, () => setOpen('keys')),
    ...Object.entries(languages).map(([tag, { name }]) =>
      plainChoice(`language ${tag}`, t('palette.language', { name }), Zap, () => setPreferences({ language: tag })),
    ),
  ]
}

function useChoices(query: string): readonly ChoiceGroup[] {
  const found = useFoundChoices(query)
  const placed = { heading: t('common.pages'), choices: findByName([...usePageChoices(), ...(query === '' ? [] : found.places)], query, Infinity).found }
  const actions = { heading: t('palette.actions'), choices: findByName([...found.actions, ...useActionChoices()], query, Infinity).found }
  const groups = query === '' ? [placed, ...found.groups, actions] : [...found.groups, placed, actions]
  return groups.filter(({ choices }) => choices.length > 0)
}

function Choices({ onClose }: { readonly onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const groups = useChoices(useDeferredValue(typed).trim())
  const [chosen, setChosen] = useState('')
  const order = groups.flatMap(({ choices }) => choices.map(({ id }) => id))
  // Results arrive a moment after typing: the selection stays if it is still there.
  const selected = order.includes(chosen) ? chosen : (order[0] ?? '')
  return (
    <Command shouldFilter={false} label={t('keys.palette')} loop value={selected} onValueChange={setChosen}>
      <div className="flex items-center gap-2.5 border-line border-b px-3.5">
        <Search size={16} className="flex-none text-faint" aria-hidden="true" />
        <Command.Input
          autoFocus
          value={typed}
          onValueChange={(text) => {
            setTyped(text)
            setChosen('')
          }}
          placeholder={t('palette.placeholder')}
          className="h-11 w-full bg-transparent text-lg outline-none placeholder:text-faint"
        />
      </div>
      <Command.List label={t('keys.palette')} className="max-h-[52vh] overflow-y-auto p-1.5">
        {order.every((id) => id === manualChoice) && <p className="px-3 py-6 text-center text-muted">{t('common.nothingFound')}</p>}
        {groups.map(({ heading, choices }) => (
          <Command.Group
            key={heading}
            heading={heading}
            className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint"
          >
            {choices.map((choice) => (
              <ChoiceItem key={choice.id} choice={choice} onClose={onClose} />
            ))}
          </Command.Group>
        ))}
      </Command.List>
    </Command>
  )
}

const ChoiceItem = ({ choice: { id, icon, name, hint, run }, onClose }: { readonly choice: Choice; readonly onClose: () => void }) => (
  <Command.Item
    value={id}
    onSelect={() => {
      onClose()
      run()
    }}
    className="flex min-h-[30px] cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1 data-[selected=true]:bg-accent-soft"
  >
    <span className="flex w-4 flex-none justify-center text-faint">{icon}</span>
    <span className="min-w-0 truncate">{name}</span>
    {hint !== undefined && <span className="ml-auto flex-none text-sm text-faint">{hint}</span>}
  </Command.Item>
)
