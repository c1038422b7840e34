import { createHash, randomUUID } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { createSystemClock } from '../clock/clock.ts'

/** Somebody whom the provider knows. */
interface Person extends Readonly<Record<string, unknown>> {
  readonly sub: string
}
/** How the next tokens are spoiled. */
interface Spoiled {
  readonly claims?: JWTPayload
  readonly unsigned?: boolean
  readonly byOtherKey?: boolean
  readonly endless?: boolean
}

/** A small OpenID provider that knows one person at a time and asks nobody for a password: discovery, authorize, token, jwks. */
export async function startOidcProvider(clientId: string, clientSecret: string, port = 0) {
  const [{ publicKey, privateKey }, other] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const codes = new Map<string, { readonly nonce: string; readonly challenge: string; readonly redirect: string }>()
  const state = { person: { sub: 'a-1' } as Person, spoiled: {} as Spoiled, asked: 0 }
  const json = (response: ServerResponse, status: number, body: unknown) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))

  const tokenFor = async (nonce: string): Promise<string> => {
    const { spoiled, person } = state
    const now = Math.floor(createSystemClock().now() / 1000)
    const claims = { iss: issuer, aud: clientId, iat: now, exp: now + 300, nonce, ...person, ...spoiled.claims }
    if (spoiled.unsigned) return new UnsecuredJWT(claims).encode()
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(spoiled.byOtherKey ? other.privateKey : privateKey)
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', issuer)
    const { searchParams: query } = url
    if (url.pathname === '/.well-known/openid-configuration')
      return json(response, 200, {
        ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` },
        ...{ response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'] },
        code_challenge_methods_supported: ['S256'],
      })
    if (url.pathname === '/jwks') return json(response, 200, { keys: [jwk] })
    if (url.pathname === '/authorize') {
      const redirect = query.get('redirect_uri') ?? ''
      const code = randomUUID()
      if (query.get('client_id') !== clientId || query.get('code_challenge_method') !== 'S256') return json(response, 400, {})
      codes.set(code, { nonce: query.get('nonce') ?? '', challenge: query.get('code_challenge') ?? '', redirect })
      const back = new URL(redirect)
      back.search = new URLSearchParams({ code, state: query.get('state') ?? '' }).toString()
      return response
        .writeHead(200, { 'Content-Type': 'text/html' })
        .end(`<!doctype html><title>Provider</title><a id="go" href="${back.href.replaceAll('&', '&amp;')}">Yes, it is me</a>`)
    }
    if (url.pathname !== '/token') return json(response, 404, {})
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', async () => {
      state.asked++
      const form = new URLSearchParams(body)
      const code = codes.get(form.get('code') ?? '')
      codes.delete(form.get('code') ?? '')
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url')
      const isClient = request.headers.authorization === `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
      if (!isClient) return json(response, 401, { error: 'invalid_client' })
      if (code === undefined || code.challenge !== challenge || code.redirect !== form.get('redirect_uri'))
        return json(response, 400, { error: 'invalid_grant' })
      const answer = { access_token: randomUUID(), token_type: 'Bearer', id_token: await tokenFor(code.nonce) }
      return json(response, 200, state.spoiled.endless ? { ...answer, more: 'x'.repeat(2_000_000) } : answer)
    })
    return
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    issuer,
    state,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
