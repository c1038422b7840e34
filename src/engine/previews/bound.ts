interface MostAtOnce {
  readonly all: number
  readonly ofOne: number
}

/**
 * Requests to servers, as long as not too many are under way, of one server and of all: others are refused and not kept waiting. Returns what to call
 * when a request is over; null: too many.
 */
export function createBound(most: MostAtOnce): (serverId: string) => (() => void) | null {
  const underWay = new Map<string, number>()
  let all = 0
  return (serverId) => {
    const ofOne = underWay.get(serverId) ?? 0
    if (ofOne >= most.ofOne || all >= most.all) return null
    underWay.set(serverId, ofOne + 1)
    all++
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      all--
      const left = (underWay.get(serverId) ?? 1) - 1
      if (left > 0) underWay.set(serverId, left)
      else underWay.delete(serverId)
    }
  }
}
