package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	storagelisters "k8s.io/client-go/listers/storage/v1"
	"k8s.io/client-go/tools/cache"
)

const (
	provisionerName  = "berth.test/local"
	selectedNode     = "volume.kubernetes.io/selected-node"
	provisionedBy    = "pv.kubernetes.io/provisioned-by"
	volumeFolderMode = 0o755
)

// runVolumeProvisioner makes a folder of the node for each claim that a pod waits for, and removes it with the claim. Volumes
// are of the kind `local`, since fsGroup does nothing to hostPath. Their size is promised and not enforced.
func runVolumeProvisioner(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("volume-provisioner", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "file with the address of the API server and the keys for it")
	folder := flags.String("folder", "", "where the volumes' folders are made")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	client, err := clientFor(*kubeconfig, "volume-provisioner")
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	claims, volumes, classes := factory.Core().V1().PersistentVolumeClaims(), factory.Core().V1().PersistentVolumes(), factory.Storage().V1().StorageClasses()
	watched := []cache.SharedIndexInformer{claims.Informer(), volumes.Informer(), classes.Informer()}
	return eachChange(ctx, factory, watched, func(ctx context.Context) error {
		wanted, err := claims.Lister().List(labels.Everything())
		if err != nil {
			return err
		}
		var failed []error
		for _, claim := range wanted {
			if waitsForUs(claim, classes.Lister()) {
				failed = append(failed, provision(ctx, client, *folder, claim))
			}
		}
		there, err := volumes.Lister().List(labels.Everything())
		failed = append(failed, err)
		for _, volume := range there {
			if isDone(volume) {
				failed = append(failed, remove(ctx, client, volume))
			}
		}
		return errors.Join(failed...)
	})
}

// waitsForUs tells that the claim is of a class of ours, not bound, and that the scheduler has chosen a node.
func waitsForUs(claim *corev1.PersistentVolumeClaim, classes storagelisters.StorageClassLister) bool {
	if claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil || claim.Annotations[selectedNode] == "" || claim.Spec.StorageClassName == nil {
		return false
	}
	class, err := classes.Get(*claim.Spec.StorageClassName)
	return err == nil && class.Provisioner == provisionerName
}

func isDone(volume *corev1.PersistentVolume) bool {
	return volume.Annotations[provisionedBy] == provisionerName && volume.Status.Phase == corev1.VolumeReleased &&
		volume.DeletionTimestamp == nil && volume.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete
}

func provision(ctx context.Context, client kubernetes.Interface, folder string, claim *corev1.PersistentVolumeClaim) error {
	name := "pvc-" + string(claim.UID)
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(path, volumeFolderMode); err != nil {
		return fmt.Errorf("make the folder of claim %s/%s: %w", claim.Namespace, claim.Name, err)
	}
	volume := volumeFor(claim, name, path)
	_, err := client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{FieldManager: provisionerName})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("make the volume of claim %s/%s: %w", claim.Namespace, claim.Name, err)
	}
	return nil
}

func volumeFor(claim *corev1.PersistentVolumeClaim, name, path string) *corev1.PersistentVolume {
	onNode := corev1.NodeSelectorRequirement{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{claim.Annotations[selectedNode]}}
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{provisionedBy: provisionerName}},
		Spec: corev1.PersistentVolumeSpec{
			AccessModes:                   claim.Spec.AccessModes,
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: claim.Spec.Resources.Requests[corev1.ResourceStorage]},
			ClaimRef:                      &corev1.ObjectReference{APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID},
			PersistentVolumeSource:        corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path}},
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
			StorageClassName:              *claim.Spec.StorageClassName,
			VolumeMode:                    claim.Spec.VolumeMode,
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
				NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{onNode}}}}},
		},
	}
}

func remove(ctx context.Context, client kubernetes.Interface, volume *corev1.PersistentVolume) error {
	if err := os.RemoveAll(volume.Spec.Local.Path); err != nil {
		return fmt.Errorf("remove the folder of volume %s: %w", volume.Name, err)
	}
	err := client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("remove volume %s: %w", volume.Name, err)
	}
	return nil
}
