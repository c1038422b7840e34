import { expect, it } from 'vitest'
import { configurationTree, leafCount, searchTree } from './configurationTree.ts'

const tree = configurationTree({
  global: { api: true, apiAddress: ':9997', authInternalUsers: [{ user: 'any', permissions: [{ action: 'api', path: '' }] }], empty: [] },
  pathDefaults: { record: false },
  paths: [
    { name: 'cam1', source: 'rtsp://10.0.0.7/1' },
    { name: 'cam2', source: 'publisher' },
  ],
})
const names = (nodes: typeof tree): unknown[] => nodes.map((node) => (node.children.length ? [node.name, names(node.children)] : `${node.name}=${node.value}`))

it('shows a configuration as branches and leaves, paths by name', () => {
  expect(names(tree)).toEqual([
    ['global', ['api=true', 'apiAddress=:9997', ['authInternalUsers', [['1', ['user=any', ['permissions', [['1', ['action=api', 'path=""']]]]]]]], 'empty=[]']],
    ['pathDefaults', ['record=false']],
    [
      'paths',
      [
        ['cam1', ['name=cam1', 'source=rtsp://10.0.0.7/1']],
        ['cam2', ['name=cam2', 'source=publisher']],
      ],
    ],
  ])
})
it('finds by name, value and the way there', () => {
  expect(names(searchTree(tree, '9997'))).toEqual([['global', ['apiAddress=:9997']]])
  expect(names(searchTree(tree, 'cam2 source'))).toEqual([['paths', [['cam2', ['source=publisher']]]]])
  expect(searchTree(tree, 'nowhere')).toEqual([])
  expect(searchTree(tree, ' ')).toBe(tree)
})
it('counts leaves and gives every node its own id', () => {
  expect(tree[0] && leafCount(tree[0])).toBe(6)
  const ids: string[] = []
  const walk = (nodes: typeof tree): void => {
    for (const node of nodes) {
      ids.push(node.id)
      walk(node.children)
    }
  }
  walk(tree)
  expect(new Set(ids).size).toBe(ids.length)
})
