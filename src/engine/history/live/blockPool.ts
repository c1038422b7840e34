/**
 * Many small growing byte strings, stored as chains of 64-byte blocks in one shared pool. A fleet of 100,000 paths has as many
 * of them, and an array for each would cost more than its bytes.
 */
export type BlockPool = ReturnType<typeof createBlockPool>

/** Head, tail and length of each chain, as columns. `head` and `tail` are meaningless if `length` is 0. */
export interface Chains {
  readonly head: Int32Array
  readonly tail: Int32Array
  readonly length: Int32Array
}

const blockBytes = 64
/** Memory that a chain of `length` bytes takes. */
export function chainBytes(length: number): number {
  return Math.ceil(length / blockBytes) * blockBytes
}
const blocksPerPage = 1024

export function createBlockPool() {
  const pages: Uint8Array[] = []
  const nexts: Int32Array[] = []
  let freeHead = -1
  let fresh = 0
  let used = 0

  const nextOf = (block: number): number => (nexts[block >> 10] as Int32Array)[block & 1023] as number
  const setNext = (block: number, next: number): void => {
    ;(nexts[block >> 10] as Int32Array)[block & 1023] = next
  }
  const take = (): number => {
    used++
    if (freeHead >= 0) {
      const block = freeHead
      freeHead = nextOf(block)
      return block
    }
    if (fresh === pages.length * blocksPerPage) {
      pages.push(new Uint8Array(blockBytes * blocksPerPage))
      nexts.push(new Int32Array(blocksPerPage))
    }
    return fresh++
  }

  return {
    /** Appends bytes [from, to) to chain `index` of `chains`. */
    append: (chains: Chains, index: number, bytes: Uint8Array, from: number, to: number): void => {
      let at = from
      let length = chains.length[index] as number
      let tail = chains.tail[index] as number
      while (at < to) {
        const filled = length % blockBytes
        if (filled === 0) {
          const block = take()
          if (length === 0) chains.head[index] = block
          else setNext(tail, block)
          tail = block
        }
        const page = pages[tail >> 10] as Uint8Array
        const count = Math.min(blockBytes - filled, to - at)
        let into = (tail & 1023) * blockBytes + filled
        // A row is a handful of bytes, for which a loop is faster than set().
        for (const end = at + count; at < end; ) page[into++] = bytes[at++] as number
        length += count
      }
      chains.length[index] = length
      chains.tail[index] = tail
    },
    /** A copy of the chain in one piece. */
    read: (chains: Chains, index: number): Uint8Array => {
      const length = chains.length[index] as number
      const out = new Uint8Array(length)
      let block = chains.head[index] as number
      for (let at = 0; at < length; at += blockBytes) {
        const page = pages[block >> 10] as Uint8Array
        let from = (block & 1023) * blockBytes
        // Copying so few bytes is faster than creating a view.
        for (let into = at, end = Math.min(at + blockBytes, length); into < end; ) out[into++] = page[from++] as number
        block = nextOf(block)
      }
      return out
    },
    /** Returns the chain's blocks to the pool; the chain is empty afterwards. */
    free: (chains: Chains, index: number): void => {
      const length = chains.length[index] as number
      if (length === 0) return
      used -= Math.ceil(length / blockBytes)
      // The last block's link is stale; here it joins the whole chain to the free list.
      setNext(chains.tail[index] as number, freeHead)
      freeHead = chains.head[index] as number
      chains.length[index] = 0
    },
    /** Bytes of the blocks in use. */
    usedBytes: (): number => used * blockBytes,
  }
}
