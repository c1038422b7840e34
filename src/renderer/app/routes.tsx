import { createHashRouter } from 'react-router'
import { Frame } from './Frame.tsx'
import type { PageRow } from './joined.ts'
import { NoSuchPage } from './NoSuchPage.tsx'

/**
 * The part behind # is the page: it needs nothing of the server under http:// and nothing of the file handler
 * under app://, so that every deep link works in both.
 */
export const createRouter = (pages: readonly PageRow[]) =>
  createHashRouter([
    {
      element: <Frame />,
      children: [...pages.map(({ path, page: Page }) => ({ path, element: <Page /> })), { path: '*', element: <NoSuchPage /> }],
    },
  ])
