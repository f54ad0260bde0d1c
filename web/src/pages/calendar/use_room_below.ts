import { useLayoutEffect, type RefObject } from 'react'

/** Where the page ends in no box of its own. */
const MARGIN_PX = 12
/** In less the buttons would be all of it. */
const LEAST_PX = 320

/**
 * Tells the style sheet how much of the window is left below the top of an element (`--berth-room`), whatever stands above
 * it: banners come and go, the page scrolls. The page must be as high as the window whatever the element's own height is, or
 * each measure would find more room than the one before, and what stands at its bottom would move from under the pointer.
 */
export function useRoomBelow(element: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const node = element.current
    if (!node) return
    let frame = 0
    const measure = () => {
      frame = 0
      const section = node.closest('.pf-v6-c-page__main-section')
      const padding = section ? Number.parseFloat(getComputedStyle(section).paddingBottom) : 0
      const page = (node.closest('main')?.getBoundingClientRect().bottom ?? innerHeight) - padding
      const end = Math.min(innerHeight - MARGIN_PX, page)
      const room = Math.max(LEAST_PX, Math.floor(end - Math.max(0, node.getBoundingClientRect().top)))
      node.style.setProperty('--berth-room', `${room}px`)
    }
    const soon = () => {
      frame ||= requestAnimationFrame(measure)
    }
    measure()
    // Before it is drawn: a button that is not where it was drawn loses the press that is on its way to it.
    const observer = new ResizeObserver(measure)
    for (const above of document.querySelectorAll('.berth-banners, .berth-toolbar')) observer.observe(above)
    addEventListener('resize', soon)
    document.addEventListener('scroll', soon, { capture: true, passive: true })
    return () => {
      observer.disconnect()
      removeEventListener('resize', soon)
      document.removeEventListener('scroll', soon, { capture: true })
      cancelAnimationFrame(frame)
    }
  }, [element])
}
