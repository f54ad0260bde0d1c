// The API server's own code for custom resources, asked of a file what a cluster with these definitions would answer. For tests alone.
//
//	judge DEFINITIONS DOCUMENTS     each a file of YAML documents; one line of JSON for each document, {"name": ..., "faults": [...]}
package main

import (
	"bufio"
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/json" // whole numbers stay whole, as in the server
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/util/yaml"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// What the API server does with a kind's documents.
type kind struct {
	structural *schema.Structural
	validator  validation.SchemaValidator
	rules      *cel.Validator // nil where the kind has none
}

type verdict struct {
	Name   string   `json:"name"`
	Faults []string `json:"faults"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(2)
	}
}

func run() error {
	if len(os.Args) != 3 {
		return errors.New("usage: judge DEFINITIONS DOCUMENTS")
	}
	kinds := map[string]kind{}
	err := documents(os.Args[1], func(text []byte) error {
		var definition v1.CustomResourceDefinition
		if err := json.Unmarshal(text, &definition); err != nil {
			return err
		}
		return add(kinds, &definition)
	})
	if err != nil {
		return err
	}
	out := stdjson.NewEncoder(os.Stdout)
	return documents(os.Args[2], func(text []byte) error {
		var object map[string]interface{}
		if err := json.Unmarshal(text, &object); err != nil {
			return err
		}
		return out.Encode(judged(kinds, object))
	})
}

// Each document of a file, as JSON.
func documents(path string, each func([]byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	reader := yaml.NewYAMLReader(bufio.NewReader(file))
	for {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			text, err = yaml.ToJSON(text)
		}
		if err == nil && string(text) != "null" {
			err = each(text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
}

func key(apiVersion, name string) string { return apiVersion + " " + name }

func add(kinds map[string]kind, definition *v1.CustomResourceDefinition) error {
	var internal apiextensions.CustomResourceDefinition
	if err := v1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(definition, &internal, nil); err != nil {
		return err
	}
	for _, version := range definition.Spec.Versions {
		described, err := apiextensions.GetSchemaForVersion(&internal, version.Name)
		if err != nil {
			return err
		}
		if described == nil || described.OpenAPIV3Schema == nil {
			return fmt.Errorf("%s %s says nothing of its fields", definition.Name, version.Name)
		}
		structural, err := schema.NewStructural(described.OpenAPIV3Schema)
		if err != nil {
			return fmt.Errorf("%s: %w", definition.Name, err)
		}
		validator, _, err := validation.NewSchemaValidator(described.OpenAPIV3Schema)
		if err != nil {
			return fmt.Errorf("%s: %w", definition.Name, err)
		}
		kinds[key(definition.Spec.Group+"/"+version.Name, definition.Spec.Names.Kind)] =
			kind{structural, validator, cel.NewValidator(structural, true, celconfig.PerCallLimit)}
	}
	return nil
}

// Each step on a copy of its own, in the server's order: what is unknown is told, not taken away before the rest is looked at.
func judged(kinds map[string]kind, object map[string]interface{}) verdict {
	name := fmt.Sprint(object["kind"])
	if metadata, ok := object["metadata"].(map[string]interface{}); ok {
		name = fmt.Sprintf("%s %v", name, metadata["name"])
	}
	told := verdict{Name: name, Faults: []string{}}
	of, known := kinds[key(fmt.Sprint(object["apiVersion"]), fmt.Sprint(object["kind"]))]
	if !known {
		told.Faults = append(told.Faults, fmt.Sprintf("nothing is known of kind %v of %v", object["kind"], object["apiVersion"]))
		return told
	}
	unknown := pruning.PruneWithOptions(runtime.DeepCopyJSON(object), of.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	sort.Strings(unknown)
	for _, path := range unknown {
		told.Faults = append(told.Faults, "unknown field "+path)
	}
	whole := runtime.DeepCopyJSON(object)
	pruning.Prune(whole, of.structural, true)
	defaulting.Default(whole, of.structural)
	faults := validation.ValidateCustomResource(nil, whole, of.validator)
	faults = append(faults, listtype.ValidateListSetsAndMaps(nil, of.structural, whole)...)
	if of.rules != nil && len(faults) == 0 {
		broken, _ := of.rules.Validate(context.Background(), (*field.Path)(nil), of.structural, whole, nil, celconfig.RuntimeCELCostBudget)
		faults = append(faults, broken...)
	}
	for _, fault := range faults {
		told.Faults = append(told.Faults, fault.Error())
	}
	return told
}
