// Package types has the few shapes that Felix names.
package types

type (
	AttributeBooleanValue struct{ Value *bool }
	Reservation           struct{ Instances []Instance }
	Instance              struct {
		NetworkInterfaces []InstanceNetworkInterface
	}
	InstanceNetworkInterface struct {
		NetworkInterfaceId *string
		Attachment         *InstanceNetworkInterfaceAttachment
	}
	InstanceNetworkInterfaceAttachment struct{ DeviceIndex *int32 }
)
