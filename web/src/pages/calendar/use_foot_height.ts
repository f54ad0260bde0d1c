import { useLayoutEffect, type RefObject } from 'react'

/**
 * Tells the style sheet how high the foot of a form is (`--berth-foot`), so that a field that gets the focus comes to lie
 * above it. Read with each drawing, before anything gets the focus by it: a refusal makes the foot higher and marks a field.
 */
export function useFootHeight(form: RefObject<HTMLElement | null>, foot: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    form.current?.style.setProperty('--berth-foot', `${foot.current?.offsetHeight ?? 0}px`)
  })
}
