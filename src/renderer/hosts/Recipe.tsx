import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { authorizedKeysLine, authorizedKeysLineOfJumpHost } from '../../shared/hostRecipe.ts'
import { TextField } from '../ui/Field.tsx'
import { Copyable } from './Copyable.tsx'

/** Stands for the key in lines that are shown before there is one. */
const examplePublicKey = 'ssh-ed25519 AAAA… noc'

interface RecipeProps {
  /** `user@host:port` of the host, as it stands in the form. */
  readonly ssh: string
  readonly jump: readonly string[]
}
function addressOf(target: string): string {
  const address = target.trim().replace(/^[^@]*@/, '')
  return /:\d+$/.test(address) ? address : `${address}:22`
}

/** How to let this console in with as little as can be: the lines to put on the host, and on the hosts on the way. */
export function Recipe({ ssh, jump }: RecipeProps) {
  const { t } = useTranslation()
  const [key, setKey] = useState('')
  const publicKey = key.trim() === '' ? examplePublicKey : (key.trim().split('\n')[0]?.trim() ?? examplePublicKey)
  // Each leads to the next one.
  const onTheWay = jump.map((target, place) => ({ target, next: addressOf(jump[place + 1] ?? ssh) }))
  return (
    <details>
      <summary className="rounded py-0.5 font-medium text-muted hover:text-text">{t('hosts.form.recipe')}</summary>
      <div className="mt-2 flex flex-col gap-2.5">
        <p className="text-muted">{t('hosts.form.recipeText')}</p>
        <TextField label={t('hosts.form.recipeKey')} placeholder={examplePublicKey} value={key} onChange={(event) => setKey(event.target.value)} />
        <Copyable text={authorizedKeysLine(publicKey)} />
        {ssh.trim() !== '' &&
          onTheWay.map(({ target, next }) => (
            <div key={target} className="flex flex-col gap-1">
              <span className="font-medium text-muted text-sm">{t('hosts.form.recipeJump', { target })}</span>
              <Copyable text={authorizedKeysLineOfJumpHost([next], publicKey)} />
            </div>
          ))}
      </div>
    </details>
  )
}
