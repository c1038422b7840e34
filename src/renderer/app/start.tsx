import './theme.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { createRoot } from 'react-dom/client'
import { initReactI18next } from 'react-i18next'
import { createHashRouter, Link, Navigate, useLocation } from 'react-router'
import { RouterProvider } from 'react-router/dom'
import { isLanguage, languageOf, type Language as Tag } from '../../i18n/languages.ts'
import { giveSentences, i18n } from '../../i18n/say.ts'
import type { Messages } from '../../shared/messageIds.ts'
import { writeFiguresIn, writeMomentsIn, writeTimesAsOf } from '../../shared/units.ts'
import { buttonLinkClass } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { engineNow } from '../ui/now.ts'
import { TooltipProvider } from '../ui/Tooltip.tsx'
import { queryClient, startClient } from './client.ts'
import { shell } from './connection.ts'
import { Frame, startLoadErrors } from './Frame.tsx'
import { type Joined, JoinedContext, type PageRow, useJoined } from './joined.ts'
import { startKeys } from './keys.ts'
import { languages } from './languages.ts'
import { otherAddresses } from './links.ts'
import { startMoment } from './moment.ts'
import { preferences, subscribePreferences, usePreferences, zone } from './preferences.ts'
import { startTheme } from './theme.ts'
import { t, useLanguage } from './words.ts'

/** Connects to the engine and renders the window. Returns a function that removes what is rendered. */
export function start(joined: Joined): () => Promise<void> {
  startTheme()
  startLoadErrors()
  const words = startLanguage()
  const router = createRouter(joined.pages)
  // Fetched beside the words and the first answers of the engine, not after them. Where that fails, the page says so.
  const first = router.state.matches.at(-1)?.route.path
  joined.pages
    .find(({ path }) => path === first)
    ?.load()
    .catch(() => {})
  startMoment(router)
  startClient()
  startKeys()
  joined.start()

  const root = document.getElementById('root')
  if (!root) throw new Error('index.html has no #root')
  const rendered = words.then(() => {
    const page = createRoot(root)
    page.render(
      <QueryClientProvider client={queryClient}>
        <JoinedContext value={joined}>
          <TooltipProvider>
            <RouterProvider router={router} />
          </TooltipProvider>
        </JoinedContext>
      </QueryClientProvider>,
    )
    return page
  })
  return async () => (await rendered).unmount()
}
declare module 'i18next' {
  interface CustomTypeOptions {
    readonly resources: { readonly translation: Messages }
  }
}

let wanted: Tag | null = null
/** Switches the language once its texts have loaded. Until then, or if loading fails, the language stays the same. */
async function show(tag: Tag): Promise<void> {
  wanted = tag
  const isThere = i18n.hasResourceBundle(tag, 'translation')
  if (isThere && tag === i18n.language && document.documentElement.lang === languages[tag].htmlLang) return
  if (!isThere) {
    try {
      const catalogue = await languages[tag].load()
      giveSentences(tag, catalogue.sentences)
      i18n.addResourceBundle(tag, 'translation', catalogue)
    } catch {
      // Texts load from the console's own server; the next choice tries again.
      return
    }
  }
  // Another language was chosen meanwhile.
  if (wanted !== tag) return
  // Switch figures first, so that the redraw for the new texts includes them.
  writeFiguresIn(tag)
  document.documentElement.lang = languages[tag].htmlLang
  await i18n.changeLanguage(tag)
}

// What the document is marked with before React draws anew is what rows of tables go by (`ui/DataTable.tsx`): the zone here, the language above.
function writeInZone() {
  writeMomentsIn(zone)
  document.documentElement.dataset.zone = zone
}

/** Menu and tray use the language of the window. */
const updateDesktopLanguage = () => isLanguage(i18n.language) && shell?.setLanguage(i18n.language)
const fitting = () => languageOf([preferences().language ?? '', ...navigator.languages])
/**
 * Selects the language by the operator's preference, else by the system. Resolves when its texts have loaded: render
 * afterwards, so that no English appears first.
 */
export async function startLanguage(): Promise<void> {
  initReactI18next.init(i18n)
  writeTimesAsOf(engineNow)
  writeInZone()
  subscribePreferences(() => {
    writeInZone()
    void show(fitting())
  })
  const first = fitting()
  await show(first)
  // Another one was chosen in another window meanwhile.
  if (!i18n.language && fitting() !== first) await show(fitting())
  // Its file could not be fetched; English lies beside it, and a window without words is worse.
  if (!i18n.language) await show('en')
  i18n.on('languageChanged', updateDesktopLanguage)
  updateDesktopLanguage()
}

/**
 * The page is the part after #: it needs no support from the server under http:// or from the file handler
 * under app://, so that deep links work in both.
 */
function createRouter(pages: readonly PageRow[]) {
  return createHashRouter([
    {
      element: <Frame />,
      children: [
        ...pages.map(({ path, page }) => ({ path, element: <Drawn of={page} /> })),
        ...Object.entries(otherAddresses).map(([path, to]) => ({ path, element: <Navigate to={to} replace /> })),
        { path: '*', element: <Drawn of={NoSuchPage} /> },
      ],
    },
  ])
}

/** A page, drawn anew when the window has another language or time zone. */
function Drawn({ of: Page }: { readonly of: React.ComponentType }) {
  useLanguage()
  usePreferences()
  return <Page />
}

/** Shown for an unknown address, so that a mistyped or outdated link does not look like the intended page. */
function NoSuchPage() {
  const { pathname } = useLocation()
  const { pages } = useJoined()
  return (
    <EmptyState
      title={t('noPage.title')}
      actions={pages.flatMap(({ path, to, title, icon: Icon }) =>
        Icon === null
          ? []
          : [
              <Link key={path} to={to ?? path} className={buttonLinkClass}>
                <Icon size={13} aria-hidden="true" /> {t(`pages.${title}`)}
              </Link>,
            ],
      )}
    >
      {t('noPage.text', { address: pathname })}
    </EmptyState>
  )
}
