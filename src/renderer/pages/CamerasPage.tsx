import { useQuery } from '@tanstack/react-query'
import { Camera as CameraIcon, Download, Plus, Star, Upload } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useNavigate } from 'react-router'
import type { Camera } from '../../shared/cameras.ts'
import { act } from '../app/act.ts'
import { saveFile } from '../app/actions.ts'
import { client, orpc, renew, useConnection } from '../app/client.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { FacetMenu } from '../app/FacetMenu.tsx'
import { failureText } from '../app/failureText.ts'
import { useKeys } from '../app/keys.ts'
import { Middle, PageNotLoaded } from '../app/Loaded.tsx'
import { toCamera } from '../app/links.ts'
import { FilterChips } from '../app/lists.tsx'
import { tabClass } from '../app/PageTabs.tsx'
import { usePageParams } from '../app/usePageParams.ts'
import { t } from '../app/words.ts'
import { CameraDialog, CommonDialog } from '../cameras/CameraDialogs.tsx'
import { CamerasTable, NowOnly } from '../cameras/CamerasTable.tsx'
import { type CameraFilter, type Condition, conditionOf, conditions, conditionText, countBy, filterCameras, markOfCondition } from '../cameras/cameraViews.tsx'
import type { Selection } from '../cameras/chosenColumn.tsx'
import { ImportDialog } from '../cameras/ImportDialog.tsx'
import { Proposed } from '../cameras/Proposed.tsx'
import { offerUndo, useCameraRights, useCameras } from '../cameras/useCameras.ts'
import { NotInBundle } from '../fleet/NothingThere.tsx'
import { Button } from '../ui/Button.tsx'
import { Chip, toggled } from '../ui/Chip.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Menu, MenuClose } from '../ui/Menu.tsx'
import { SearchField } from '../ui/SearchField.tsx'

const views = ['all', 'proposed', 'unseen'] as const

function useCamerasAddress() {
  const [params, set] = usePageParams()
  return {
    view: views.find((one) => one === params.get('view')) ?? 'all',
    text: params.get('q') ?? '',
    projects: params.getAll('project'),
    tags: params.getAll('tag'),
    favourites: params.has('favourites'),
    wanted: conditions.filter((one) => (params.get('is') ?? '').split(',').includes(one)),
    dialog: (['add', 'import'] as const).find((name) => params.has(name)) ?? null,
    set,
    setProjects: (project: readonly string[]) => set({ project }),
    setTags: (tag: readonly string[]) => set({ tag }),
    add: () => set({ add: true }, false),
    import: () => set({ import: true }, false),
    closeDialog: () => set({ add: null, import: null }),
    clear: () => set({ q: null, project: null, tag: null, is: null, favourites: null }),
  }
}
type Address = ReturnType<typeof useCamerasAddress>

/** Favourites first, with streams that no camera has and cameras that were never seen. */
export function CamerasPage() {
  const navigate = useNavigate()
  const address = useCamerasAddress()
  const { moderates } = useCameraRights()
  const { cameras, known, failed } = useCameras()
  const view = moderates ? address.view : 'all'
  const [ids, onSelect] = useState<Selection['ids']>(new Set())
  const [asked, setAsked] = useState<Asked | null>(null)
  useKeys('page', moderates ? [{ keys: 'n', words: t('cameras.add'), run: address.add }] : [])
  if (useConnection().hello?.bundle) return <NotInBundle />
  return (
    <>
      <NowOnly />
      <Head cameras={cameras} view={view} moderates={moderates} address={address} />
      {view === 'proposed' ? (
        <Proposed text={address.text} onMade={offerUndo} />
      ) : view === 'unseen' ? (
        <Unseen address={address} />
      ) : failed !== null || !known ? (
        <PageNotLoaded failed={failed} rows={12} rowClass="h-7" />
      ) : cameras.length === 0 ? (
        <NoCameras moderates={moderates} />
      ) : (
        <Listed cameras={cameras} address={address} selection={{ ids, onSelect }} onAsk={setAsked} />
      )}
      {asked !== null && <AskOfChosen {...asked} onDone={() => onSelect(new Set())} onClose={() => setAsked(null)} />}
      {moderates && address.dialog === 'add' && <CameraDialog edited={null} onSaved={({ id }) => void navigate(toCamera(id))} onClose={address.closeDialog} />}
      {moderates && address.dialog === 'import' && (
        <ImportDialog onDone={({ added, changed }) => offerUndo(t('cameras.import.done', { added, changed }))} onClose={address.closeDialog} />
      )}
    </>
  )
}

interface HeadProps {
  readonly cameras: readonly Camera[]
  readonly view: (typeof views)[number]
  readonly moderates: boolean
  readonly address: Address
}
function Head({ cameras, view, moderates, address }: HeadProps) {
  const save = async (format: 'csv' | 'xlsx') => {
    const { fileName, mediaType, base64 } = await client.cameras.export({ format })
    await saveFile(
      fileName,
      Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)),
      mediaType,
    )
  }
  const facet = (label: string, valuesOf: (camera: Camera) => readonly string[], chosen: readonly string[], onChosen: (values: readonly string[]) => void) => {
    const counts = countBy(cameras, valuesOf)
    const nameOf = (value: string) => value || t('cameras.noProject')
    if (counts.size === 0 || (counts.size < 2 && counts.has('') && chosen.length === 0)) return null
    return (
      <FacetMenu
        label={label}
        values={Array.from(counts, ([value, count]) => ({ value, name: nameOf(value), count }))}
        chosen={chosen}
        nameOf={nameOf}
        onToggle={(value) => onChosen(toggled(chosen, value))}
      />
    )
  }
  return (
    <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
      <h1 className="sr-only">{t('pages.cameras')}</h1>
      {moderates && (
        <div role="tablist" aria-label={t('pages.cameras')} className="flex flex-none gap-0.5">
          {views.map((one) => (
            <button
              key={one}
              type="button"
              role="tab"
              aria-selected={one === view}
              data-state={one === view ? 'active' : 'inactive'}
              className={tabClass}
              onClick={() => address.set({ view: one === 'all' ? null : one }, false)}
            >
              {t(`cameras.views.${one}`)}
            </button>
          ))}
        </div>
      )}
      {view !== 'unseen' && (
        <SearchField label={t(view === 'proposed' ? 'streams.search' : 'cameras.search')} width={220} text={address.text} onText={(q) => address.set({ q })} />
      )}
      {view === 'all' && (
        <>
          {facet(t('cameras.column.project'), ({ project }) => [project], address.projects, address.setProjects)}
          {facet(t('common.tags'), ({ tags }) => tags, address.tags, address.setTags)}
        </>
      )}
      {moderates && (
        <div className="ml-auto flex items-center gap-2">
          <Menu width={170} trigger={<Button icon={Download} disabled={cameras.length === 0} text={t('cameras.export')} />}>
            {(['xlsx', 'csv'] as const).map((format) => (
              <MenuClose key={format} asChild>
                <Button look="quiet" className="!justify-start" onClick={() => void act(save(format))}>
                  {format === 'csv' ? 'CSV' : 'Excel (.xlsx)'}
                </Button>
              </MenuClose>
            ))}
          </Menu>
          <Button icon={Upload} onClick={address.import} text={t('cameras.import.button')} />
          <Button icon={Plus} look="primary" onClick={address.add} text={t('cameras.add')} />
        </div>
      )}
    </div>
  )
}

interface Asked {
  readonly about: 'change' | 'remove'
  readonly chosen: readonly Camera[]
}
interface ListedProps {
  readonly cameras: readonly Camera[]
  readonly address: Address
  readonly selection: Selection
  readonly onAsk: (asked: Asked) => void
}
function Listed({ cameras, address, selection, onAsk }: ListedProps) {
  const { moderates } = useCameraRights()
  const { ids, onSelect } = selection
  const { text, favourites, wanted } = address
  const filterText = JSON.stringify({ text, favourites, projects: address.projects, tags: address.tags })
  const found = useMemo(() => filterCameras(cameras, JSON.parse(filterText) as CameraFilter), [cameras, filterText])
  const wantedText = wanted.join()
  const shown = useMemo(() => found.filter((camera) => wantedText === '' || wantedText.split(',').includes(conditionOf(camera))), [found, wantedText])
  const counts = useMemo(() => countBy(found, (camera) => [conditionOf(camera)]), [found])
  // Hidden ones are not changed with the rest.
  const chosen = useMemo(() => shown.filter(({ id }) => ids.has(id)), [shown, ids])
  return (
    <>
      <div className="flex flex-none flex-wrap items-center gap-x-4 gap-y-2">
        <FilterChips<Condition>
          values={conditions}
          countOf={(condition) => counts.get(condition) ?? 0}
          wanted={wanted}
          onWanted={(next) => address.set({ is: next.join(',') })}
          markOf={(condition) => markOfCondition(condition)}
          nameOf={(condition) => conditionText(condition, t)}
        />
        <Chip on={address.favourites} onClick={() => address.set({ favourites: address.favourites ? null : '1' })}>
          <Star size={12} aria-hidden="true" /> {t('cameras.favourites')}
        </Chip>
        <span className="text-faint text-sm">{t('streams.count', { shown: shown.length, all: cameras.length })}</span>
        {chosen.length > 0 && (
          <div className="flex items-center gap-2">
            <b className="font-semibold">{t('cameras.chosen', { count: chosen.length })}</b>
            <Button onClick={() => onAsk({ about: 'change', chosen })}>{t('cameras.changeThem')}</Button>
            <Button look="danger" onClick={() => onAsk({ about: 'remove', chosen })} text={t('common.remove')} />
            <Button look="quiet" onClick={() => onSelect(new Set())} text={t('common.clearSelection')} />
          </div>
        )}
      </div>
      <CamerasTable
        cameras={shown}
        selection={moderates ? selection : null}
        occasion={`${filterText} ${wantedText}`}
        empty={<EmptyState title={t('common.nothingFound')} actions={<Button onClick={address.clear}>{t('common.clearFilters')}</Button>} />}
      />
    </>
  )
}

interface AskOfChosenProps extends Asked {
  readonly onDone: () => void
  readonly onClose: () => void
}
function AskOfChosen({ about, chosen, onDone, onClose }: AskOfChosenProps) {
  const ids = chosen.map(({ id }) => id)
  const [only] = chosen
  const name = chosen.length === 1 && only !== undefined ? only.name : null
  if (about === 'change')
    return (
      <CommonDialog
        ids={ids}
        onDone={(changed) => {
          onDone()
          offerUndo(t('cameras.changedCount', { count: changed }))
        }}
        onClose={onClose}
      />
    )
  const remove = async () => {
    if (!(await act(client.cameras.removeMany({ ids })))) return
    void renew('cameras')
    onDone()
    offerUndo(name !== null ? t('common.removedName', { name }) : t('cameras.removedCount', { count: chosen.length }))
  }
  return (
    <RemoveDialog
      title={name !== null ? t('common.removeName', { name }) : t('cameras.removeCount', { count: chosen.length })}
      description={t('cameras.removeText')}
      onRemove={() => void remove()}
      onClose={onClose}
    />
  )
}

function Unseen({ address }: { readonly address: Address }) {
  const query = useQuery({ ...orpc.cameras.unseen.queryOptions({ input: { limit: 1_000 } }), refetchInterval: 10_000 })
  if (query.data === undefined) return <PageNotLoaded failed={query.isError ? failureText(query.error) : null} rows={12} rowClass="h-7" />
  const { cameras, total } = query.data
  return (
    <>
      <span className="flex-none text-faint text-sm">
        {total > cameras.length ? t('common.someShown', { shown: cameras.length, count: total }) : t('cameras.unseenCount', { count: total })}
      </span>
      <CamerasTable cameras={cameras} selection={null} occasion={address.view} empty={<EmptyState title={t('cameras.noneUnseen')} />} />
    </>
  )
}

function NoCameras({ moderates }: { readonly moderates: boolean }) {
  return (
    <Middle>
      <EmptyState icon={<CameraIcon size={28} />} title={t('cameras.none')}>
        {t(moderates ? 'cameras.noneText' : 'cameras.noneForYou')}
      </EmptyState>
    </Middle>
  )
}
