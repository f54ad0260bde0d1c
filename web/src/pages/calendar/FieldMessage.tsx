import { FormHelperText } from '@patternfly/react-core/dist/esm/components/Form'
import { HelperText, HelperTextItem } from '@patternfly/react-core/dist/esm/components/HelperText'

/** What is wrong with a field, below it; `id` is for the field's aria-describedby. */
export function FieldMessage({ id, message, className }: { id: string; message: string; className?: string }) {
  return (
    <FormHelperText className={className}>
      <HelperText id={id} isLiveRegion>
        <HelperTextItem variant="error">{message}</HelperTextItem>
      </HelperText>
    </FormHelperText>
  )
}
