import { createHashRouter } from 'react-router'
import { Frame } from './Frame.tsx'
import type { PageRow } from './joined.ts'
import { NoSuchPage } from './NoSuchPage.tsx'

/**
 * The page is the part after #: it needs no support from the server under http:// or from the file handler
 * under app://, so that deep links work in both.
 */
export function createRouter(pages: readonly PageRow[]) {
  return createHashRouter([
    {
      element: <Frame />,
      children: [...pages.map(({ path, page: Page }) => ({ path, element: <Page /> })), { path: '*', element: <NoSuchPage /> }],
    },
  ])
}
