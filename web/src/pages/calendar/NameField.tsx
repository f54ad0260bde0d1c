import { FormGroup, FormHelperText } from '@patternfly/react-core/dist/esm/components/Form'
import { HelperText, HelperTextItem } from '@patternfly/react-core/dist/esm/components/HelperText'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import { FieldMessage } from './FieldMessage'
import { useFieldId } from './field_ids'

/** As the API has it, in characters: what the field itself would count are halves of some. */
const MOST_CHARACTERS = 100

interface Props {
  name: string
  fault: string | undefined
  onChange(name: string): void
}

/** It takes no more than a name may have, and says how much that is once something is typed. */
export function NameField({ name, fault, onChange }: Props) {
  const id = useFieldId('name')
  const count = Array.from(name).length
  return (
    <FormGroup label="Name (optional)" fieldId={id}>
      <TextInput
        id={id}
        value={name}
        autoComplete="off"
        validated={fault ? 'error' : 'default'}
        aria-describedby={`${fault ? `${id}-fault ` : ''}${id}-count`}
        onChange={(_, text) => onChange(Array.from(text).slice(0, MOST_CHARACTERS).join(''))}
      />
      {fault && <FieldMessage id={`${id}-fault`} message={fault} />}
      <FormHelperText>
        <HelperText id={`${id}-count`}>
          <HelperTextItem>{count === 0 ? '' : `${count} of ${MOST_CHARACTERS} characters`}</HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  )
}
