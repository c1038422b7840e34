import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'react-router'
import { buttonLinkClass } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { useJoined } from './joined.ts'

/** Shown for an unknown address, so that a mistyped or outdated link does not look like the intended page. */
export function NoSuchPage() {
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
