import { guestPath } from '../../shared/guests.ts'
import { api, orRefused } from '../api.ts'
import type { Guests } from './guests.ts'

/** `publicUrl`: where browsers reach this console; null: not known. */
export function guestsRouter(guests: Guests, publicUrl: () => string | null) {
  return {
    list: api.guests.list.handler(() => [...guests.list()]),
    add: api.guests.add.handler(({ input, context, errors }) => {
      const { link, secret } = orRefused(guests.add(input, context.operator.name), errors)
      const address = `${guestPath}/${secret}`
      return { link, address, url: publicUrl()?.replace(/\/+$/, '').concat(address) ?? null }
    }),
    revoke: api.guests.revoke.handler(({ input, context, errors }) => {
      orRefused(guests.revoke(input.id, context.operator.name), errors)
    }),
  }
}
