// Renders a Helm chart as "helm template" does, for tests on machines that have no helm. Templates are text/template with Sprig, as Helm's are; added here are the
// functions Helm has beside those, its objects, and the order in which it prints. Charts with dependencies, hooks or a schema are beyond it.
//
//	chart-renderer template RELEASE CHART --namespace NAMESPACE [--values FILE]...
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

// kinds is the order of Helm's installation; a kind that is not named comes last.
var kinds = []string{"Namespace", "NetworkPolicy", "ServiceAccount", "Secret", "ConfigMap", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Service", "DaemonSet"}

type manifest struct{ kind, name, source, text string }

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) < 3 || arguments[0] != "template" {
		return errors.New("usage: template RELEASE CHART --namespace NAMESPACE [--values FILE]...")
	}
	release, folder, namespace := arguments[1], arguments[2], "default"
	values := map[string]interface{}{}
	files := []string{filepath.Join(folder, "values.yaml")}
	for rest := arguments[3:]; len(rest) > 0; rest = rest[2:] {
		switch {
		case len(rest) > 1 && rest[0] == "--namespace":
			namespace = rest[1]
		case len(rest) > 1 && rest[0] == "--values":
			files = append(files, rest[1])
		default:
			return fmt.Errorf("unknown flag: %s", rest[0])
		}
	}
	for _, file := range files {
		given := map[string]interface{}{}
		if err := readYAML(file, &given); err != nil {
			return err
		}
		merge(values, given)
	}
	chart := map[string]interface{}{}
	if err := readYAML(filepath.Join(folder, "Chart.yaml"), &chart); err != nil {
		return err
	}
	return render(folder, map[string]interface{}{
		"Values":       values,
		"Chart":        map[string]interface{}{"Name": chart["name"], "Version": chart["version"], "AppVersion": chart["appVersion"]},
		"Release":      map[string]interface{}{"Name": release, "Namespace": namespace, "Service": "Helm", "Revision": 1, "IsInstall": true, "IsUpgrade": false},
		"Capabilities": map[string]interface{}{"KubeVersion": map[string]interface{}{"Version": "v1.20.0", "Major": "1", "Minor": "20"}},
	})
}

// merge lays given over values; null takes a value away.
func merge(values, given map[string]interface{}) {
	for key, value := range given {
		below, isMap := values[key].(map[string]interface{})
		above, bothMaps := value.(map[string]interface{})
		switch {
		case value == nil:
			delete(values, key)
		case isMap && bothMaps:
			merge(below, above)
		default:
			values[key] = value
		}
	}
}

func render(folder string, data map[string]interface{}) error {
	set := template.New("chart").Option("missingkey=zero")
	set.Funcs(functions(set))
	files, err := filepath.Glob(filepath.Join(folder, "templates", "*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if _, err := set.New(filepath.Base(file)).Parse(string(text)); err != nil {
			return err
		}
	}
	var manifests []manifest
	for _, file := range files {
		name := filepath.Base(file)
		if strings.HasPrefix(name, "_") {
			continue
		}
		text, err := execute(set, name, data)
		if err != nil {
			return err
		}
		// The notes are for people; that they render is enough.
		if path.Ext(name) == ".yaml" {
			found, err := split(path.Join(filepath.Base(folder), "templates", name), text)
			if err != nil {
				return err
			}
			manifests = append(manifests, found...)
		}
	}
	sort.SliceStable(manifests, func(i, j int) bool {
		a, b := manifests[i], manifests[j]
		return place(a.kind) < place(b.kind) || a.kind == b.kind && a.name < b.name
	})
	for _, each := range manifests {
		fmt.Printf("---\n# Source: %s\n%s\n", each.source, each.text)
	}
	return nil
}

func place(kind string) int {
	for at, known := range kinds {
		if known == kind {
			return at
		}
	}
	return len(kinds)
}

// split parts a file into its documents; one without content is left out.
func split(source, text string) ([]manifest, error) {
	var found []manifest
	for _, document := range strings.Split("\n"+text, "\n---") {
		document = strings.TrimSpace(document)
		var head struct {
			Kind     string
			Metadata struct{ Name string }
		}
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			return nil, fmt.Errorf("YAML parse error on %s: %w\n%s", source, err, document)
		}
		if head.Kind != "" {
			found = append(found, manifest{head.Kind, head.Metadata.Name, source, document})
		}
	}
	return found, nil
}

func execute(set *template.Template, name string, data interface{}) (string, error) {
	var text bytes.Buffer
	err := set.ExecuteTemplate(&text, name, data)
	// Helm's way with a key that is not there.
	return strings.ReplaceAll(text.String(), "<no value>", ""), err
}

func functions(set *template.Template) template.FuncMap {
	all := sprig.TxtFuncMap()
	delete(all, "env")
	delete(all, "expandenv")
	all["include"] = func(name string, data interface{}) (string, error) { return execute(set, name, data) }
	all["tpl"] = func(text string, data interface{}) (string, error) {
		copied, err := set.Clone()
		if err != nil {
			return "", err
		}
		if _, err := copied.New("tpl").Parse(text); err != nil {
			return "", err
		}
		return execute(copied, "tpl", data)
	}
	all["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return value, errors.New(message)
		}
		return value, nil
	}
	all["toYaml"] = func(value interface{}) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	all["fromYaml"] = func(text string) (map[string]interface{}, error) {
		value := map[string]interface{}{}
		return value, yaml.Unmarshal([]byte(text), &value)
	}
	all["fromJson"] = func(text string) (map[string]interface{}, error) {
		value := map[string]interface{}{}
		return value, json.Unmarshal([]byte(text), &value)
	}
	return all
}

func readYAML(file string, value interface{}) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, value); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
