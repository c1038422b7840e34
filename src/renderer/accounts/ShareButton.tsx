import { Share2 } from 'lucide-react'
import { useNavigate } from 'react-router'
import { toNewGuestLink } from '../app/links.ts'
import { t } from '../app/words.ts'
import { useMay } from '../fleet/me.tsx'
import { Button } from '../ui/Button.tsx'

/** Begins a guest link that shows this, for those who may make one. */
export function ShareButton({ of }: { readonly of: Parameters<typeof toNewGuestLink>[0] }) {
  const navigate = useNavigate()
  if (!useMay('administer')) return null
  return <Button look="quiet" label={t('people.guests.add')} onClick={() => void navigate(toNewGuestLink(of))} icon={Share2} />
}
