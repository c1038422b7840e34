import { useTranslation } from 'react-i18next'
import { createHashRouter, Link, useLocation } from 'react-router'
import { buttonLinkClass } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Frame } from './Frame.tsx'
import { type PageRow, useJoined } from './joined.ts'

/**
 * The page is the part after #: it needs no support from the server under http:// or from the file handler
 * under app://, so that deep links work in both.
 */
export function createRouter(pages: readonly PageRow[]) {
  return createHashRouter([
    {
      element: <Frame />,
      children: [...pages.map(({ path, page: Page }) => ({ path, element: <Page /> })), { path: '*', element: <NoSuchPage /> }],
    },
  ])
}

/** Shown for an unknown address, so that a mistyped or outdated link does not look like the intended page. */
function NoSuchPage() {
  const { t } = useTranslation()
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
