import { lazy } from 'react'
import { PausedChannels } from '../alarms/ChannelActions.tsx'
import type { Joined } from '../app/joined.ts'
import { ConsoleBanners } from '../fleet/ConsoleBanners.tsx'
import { Counters } from '../fleet/Counters.tsx'
import { FigureChartContext } from '../fleet/figureChart.ts'
import { startFleet, useFleetKnown } from '../fleet/fleet.ts'
import { Heartbeat } from '../fleet/Heartbeat.tsx'
import { startLastLook } from '../fleet/lastLook.ts'
import { PastBar } from '../fleet/PastBar.tsx'
import { WorstInTitle } from '../fleet/WorstInTitle.tsx'
import { DeskNotifications } from '../notifications/DeskNotifications.tsx'
import { SoundBanner } from '../notifications/SoundBanner.tsx'
import { SoundButton } from '../notifications/SoundButton.tsx'
import { pages } from './pages.ts'
import { useFoundChoices } from './useFoundChoices.ts'

// Charts need a library that no list needs.
const FigureChart = lazy(() => import('./SubjectFigure.tsx').then((file) => ({ default: file.SubjectFigure })))

export const joined: Joined = {
  pages,
  start: () => {
    startFleet()
    startLastLook()
  },
  useIsKnown: useFleetKnown,
  useFoundChoices,
  Background: () => (
    <>
      <WorstInTitle />
      <DeskNotifications />
    </>
  ),
  AroundPage: ({ children }) => <FigureChartContext value={FigureChart}>{children}</FigureChartContext>,
  Banners: () => (
    <>
      <ConsoleBanners />
      <SoundBanner />
      <PausedChannels />
    </>
  ),
  PastBar,
  Counters,
  Heartbeat,
  SoundButton,
}
