import { type AddressInfo, connect } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { makeCertificate } from './certificate.ts'

/** Takes TLS, with a certificate that nobody signed, and passes on what is within to a port of this machine. */
export async function startTlsFront(port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<TLSSocket>()
  const { cert, key } = makeCertificate({ commonName: 'a test' })
  const server = createServer({ cert, key }, (socket) => {
    const inner = connect(port, '127.0.0.1')
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      inner.destroy()
    })
    inner.once('close', () => socket.destroy())
    socket.on('error', () => {})
    inner.on('error', () => {})
    socket.pipe(inner).pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
