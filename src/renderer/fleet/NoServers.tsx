import { Radio } from 'lucide-react'
import { Link } from 'react-router'
import { toWelcome } from '../app/links.ts'
import { t } from '../app/words.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { May } from './me.tsx'

/** A page of streams while no server is watched, with the way to the first one. */
export function NoServers({ className }: { readonly className?: string }) {
  return (
    <EmptyState
      {...(className !== undefined && { className })}
      icon={<Radio size={28} />}
      title={t('common.noServersYet')}
      actions={
        <May needs="administer">
          <Link to={toWelcome} className="rounded-md bg-accent px-3 py-1 font-semibold text-on-accent">
            {t('common.addAServer')}
          </Link>
        </May>
      }
    >
      {t('settings.noneText')}
    </EmptyState>
  )
}
