import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { authorizedKeysLine, authorizedKeysLineOfJumpHost } from '../../shared/hostRecipe.ts'
import { Copyable } from '../app/Copyable.tsx'
import { TextField } from '../ui/Field.tsx'

/** Placeholder key in lines shown before there is a key. */
const examplePublicKey = 'ssh-ed25519 AAAA… noc'

interface RecipeProps {
  /** `user@host:port` of the host as entered. */
  readonly ssh: string
  readonly jump: readonly string[]
}
function addressOf(target: string): string {
  const address = target.trim().replace(/^[^@]*@/, '')
  return /:\d+$/.test(address) ? address : `${address}:22`
}

/** How to give this console minimal access: the lines to add on the host and on the jump hosts. */
export function Recipe({ ssh, jump }: RecipeProps) {
  const { t } = useTranslation()
  const [key, setKey] = useState('')
  const publicKey = key.trim() === '' ? examplePublicKey : (key.trim().split('\n')[0]?.trim() ?? examplePublicKey)
  // Each jump host leads to the next host.
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
