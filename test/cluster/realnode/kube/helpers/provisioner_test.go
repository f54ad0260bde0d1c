package main

import (
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	storagelisters "k8s.io/client-go/listers/storage/v1"
	"k8s.io/client-go/tools/cache"
)

func claim(class string, annotations map[string]string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "home", UID: "1", Annotations: annotations},
		Spec: corev1.PersistentVolumeClaimSpec{StorageClassName: &class, Resources: corev1.VolumeResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("20Gi")}}},
	}
}

func TestOnlyClaimsOfOursThatHaveANodeAreMet(t *testing.T) {
	indexer := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	for class, by := range map[string]string{"local": provisionerName, "other": "example.com/other"} {
		if err := indexer.Add(&storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: class}, Provisioner: by}); err != nil {
			t.Fatal(err)
		}
	}
	classes := storagelisters.NewStorageClassLister(indexer)
	node := map[string]string{selectedNode: "node"}
	bound := claim("local", node)
	bound.Spec.VolumeName = "pv"
	for name, c := range map[string]struct {
		claim *corev1.PersistentVolumeClaim
		want  bool
	}{
		"ours": {claim("local", node), true}, "no node yet": {claim("local", nil), false}, "another class": {claim("other", node), false},
		"no such class": {claim("none", node), false}, "bound": {bound, false},
	} {
		if got := waitsForUs(c.claim, classes); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAVolumeIsAFolderAndGoesWithItsClaim(t *testing.T) {
	folder, client := t.TempDir(), fake.NewClientset()
	for range 2 { // Once more does no harm.
		if err := provision(t.Context(), client, folder, claim("local", map[string]string{selectedNode: "node"})); err != nil {
			t.Fatal(err)
		}
	}
	volume, err := client.CoreV1().PersistentVolumes().Get(t.Context(), "pvc-1", metav1.GetOptions{})
	if err != nil || volume.Spec.Local.Path != filepath.Join(folder, "pvc-1") || volume.Spec.ClaimRef.Name != "home" {
		t.Fatalf("%+v %v", volume, err)
	}
	if err := os.WriteFile(filepath.Join(volume.Spec.Local.Path, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if isDone(volume) {
		t.Error("done while nobody has released it")
	}
	volume.Status.Phase = corev1.VolumeReleased
	if !isDone(volume) {
		t.Error("released and not done")
	}
	for range 2 {
		if err := remove(t.Context(), client, volume); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(volume.Spec.Local.Path); !os.IsNotExist(err) {
		t.Error("the folder is still there")
	}
}
