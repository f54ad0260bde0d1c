import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react'
import { useSearchParams } from 'react-router'
import { usePools } from '../api/queries'
import { deviceZone, isZone } from '../time/zones'
import { useEditAddress } from '../ui/edit_address'
import { readStored, writeStored } from '../ui/stored'

const KEY = 'berth.zone'
const ASKED_KEY = 'berth.zone.asked'

interface Zones {
  /** In which every time on the page is shown. */
  zone: string
  platform: string
  device: string
  setZone(zone: string): void
  /** The device's zone is another one and nobody was asked yet. */
  ask: boolean
  answered(): void
}

const Context = createContext<Zones | null>(null)

export function useZones(): Zones {
  const zones = useContext(Context)
  if (!zones) throw new Error('useZones outside of ZoneProvider')
  return zones
}

export const useZone = (): string => useZones().zone

/** The address wins, then what was chosen before, then the platform's zone. */
export function ZoneProvider({ children }: { children: ReactNode }) {
  const [params] = useSearchParams()
  const edit = useEditAddress()
  const [saved, setSaved] = useState(() => readStored('local', KEY))
  const [asked, setAsked] = useState(() => readStored('local', ASKED_KEY))
  const pools = usePools()
  const device = deviceZone()
  const platform = pools.data?.[0]?.time_zone ?? saved ?? device
  const inAddress = params.get('zone')
  const zone = [inAddress, saved, platform].find((id) => id !== null && id !== undefined && isZone(id)) ?? 'UTC'

  const answered = useCallback(() => {
    writeStored('local', ASKED_KEY, device)
    setAsked(device)
  }, [device])

  const setZone = useCallback(
    (next: string) => {
      writeStored('local', KEY, next)
      setSaved(next)
      answered()
      edit((params) => params.set('zone', next))
    },
    [answered, edit],
  )

  const ask = pools.data !== undefined && device !== zone && asked !== device
  const value = useMemo(
    () => ({ zone, platform, device, setZone, ask, answered }),
    [zone, platform, device, setZone, ask, answered],
  )
  return <Context.Provider value={value}>{children}</Context.Provider>
}
