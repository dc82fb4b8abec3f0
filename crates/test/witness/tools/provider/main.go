// Command terraform-provider-NAME stands in for the provider of that name where only its schema is known: the file NAME.json
// in the folder that PROVIDER_SCHEMAS names, as `tofu providers schema -json` prints it. OpenTofu and Terraform then check a
// stack against it (names, types, what is required, references, cycles), plan it, apply it into a state and plan again. It
// talks to nobody: what a real provider would learn from the vendor is made of the resource's own arguments.
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type attribute struct {
	Type       json.RawMessage
	NestedType *struct {
		Attributes  map[string]attribute
		NestingMode string `json:"nesting_mode"`
	} `json:"nested_type"`
	Required, Optional, Computed, Sensitive, Deprecated bool
	WriteOnly                                           bool `json:"write_only"`
}

type block struct {
	Attributes map[string]attribute
	BlockTypes map[string]struct {
		NestingMode string `json:"nesting_mode"`
		MinItems    int64  `json:"min_items"`
		MaxItems    int64  `json:"max_items"`
		Block       block
	} `json:"block_types"`
}

type schema struct {
	Version int64
	Block   block
}

type provider struct {
	own             schema
	resources, data map[string]schema
}

var nesting = map[string]tfprotov6.SchemaNestedBlockNestingMode{
	"single": tfprotov6.SchemaNestedBlockNestingModeSingle,
	"list":   tfprotov6.SchemaNestedBlockNestingModeList,
	"set":    tfprotov6.SchemaNestedBlockNestingModeSet,
	"map":    tfprotov6.SchemaNestedBlockNestingModeMap,
}

var objectNesting = map[string]tfprotov6.SchemaObjectNestingMode{
	"single": tfprotov6.SchemaObjectNestingModeSingle,
	"list":   tfprotov6.SchemaObjectNestingModeList,
	"set":    tfprotov6.SchemaObjectNestingModeSet,
	"map":    tfprotov6.SchemaObjectNestingModeMap,
}

func attributes(all map[string]attribute) (out []*tfprotov6.SchemaAttribute) {
	for name, a := range all {
		one := &tfprotov6.SchemaAttribute{
			Name: name, Required: a.Required, Optional: a.Optional, Computed: a.Computed,
			Sensitive: a.Sensitive, Deprecated: a.Deprecated, WriteOnly: a.WriteOnly,
		}
		if n := a.NestedType; n != nil {
			one.NestedType = &tfprotov6.SchemaObject{Attributes: attributes(n.Attributes), Nesting: objectNesting[n.NestingMode]}
		} else {
			kind, err := tftypes.ParseJSONType(a.Type) //nolint:staticcheck
			if err != nil {
				log.Fatalf("%s: %v", name, err)
			}
			one.Type = kind
		}
		out = append(out, one)
	}
	return out
}

func (b block) proto() *tfprotov6.SchemaBlock {
	out := &tfprotov6.SchemaBlock{Attributes: attributes(b.Attributes)}
	for name, n := range b.BlockTypes {
		inner := &tfprotov6.SchemaNestedBlock{TypeName: name, Block: n.Block.proto(), Nesting: nesting[n.NestingMode]}
		if n.NestingMode != "single" {
			inner.MinItems, inner.MaxItems = n.MinItems, n.MaxItems
		}
		out.BlockTypes = append(out.BlockTypes, inner)
	}
	return out
}

func (s schema) proto() *tfprotov6.Schema {
	return &tfprotov6.Schema{Version: s.Version, Block: s.Block.proto()}
}

func protos(all map[string]schema) map[string]*tfprotov6.Schema {
	out := map[string]*tfprotov6.Schema{}
	for name, s := range all {
		out[name] = s.proto()
	}
	return out
}

// text is what a vendor might say; certificates are encoded.
func text(seed, name string) string {
	sum := sha256.Sum256([]byte(seed + "/" + name))
	said := name + "-" + hex.EncodeToString(sum[:6])
	if strings.HasSuffix(name, "_certificate") {
		return base64.StdEncoding.EncodeToString([]byte(said))
	}
	return said
}

// one is the object of a list that a data source says.
func one(kind tftypes.Object, seed string) tftypes.Value {
	parts := map[string]tftypes.Value{}
	for name, inner := range kind.AttributeTypes {
		parts[name] = tftypes.NewValue(inner, nil)
		if inner.Is(tftypes.String) {
			parts[name] = tftypes.NewValue(inner, text(seed, name))
		}
	}
	return tftypes.NewValue(kind, parts)
}

// listed is what stands in a list that nobody set: nothing, or for a data source one object.
func listed(kind tftypes.Type, seed string) []tftypes.Value {
	list, ok := kind.(tftypes.List)
	if !ok || !strings.HasPrefix(seed, "data.") {
		return []tftypes.Value{}
	}
	object, ok := list.ElementType.(tftypes.Object)
	if !ok {
		return []tftypes.Value{}
	}
	return []tftypes.Value{one(object, seed)}
}

// fill gives every attribute that nobody set and that the provider computes a value: unknown, or one made of `seed`.
func (b block) fill(value tftypes.Value, seed string, known bool) tftypes.Value {
	parts := map[string]tftypes.Value{}
	if value.IsNull() || !value.IsKnown() || value.As(&parts) != nil {
		return value
	}
	for name, a := range b.Attributes {
		part := parts[name]
		open := a.Computed && part.IsNull() || !part.IsKnown()
		switch {
		case !open:
		case !known:
			parts[name] = tftypes.NewValue(part.Type(), tftypes.UnknownValue)
		case part.Type().Is(tftypes.String):
			parts[name] = tftypes.NewValue(tftypes.String, text(seed, name))
		case part.Type().Is(tftypes.Number):
			parts[name] = tftypes.NewValue(tftypes.Number, 25060)
		case part.Type().Is(tftypes.Bool):
			parts[name] = tftypes.NewValue(tftypes.Bool, false)
		case part.Type().Is(tftypes.List{}), part.Type().Is(tftypes.Set{}):
			parts[name] = tftypes.NewValue(part.Type(), listed(part.Type(), seed+"/"+name))
		default:
			parts[name] = tftypes.NewValue(part.Type(), nil)
		}
	}
	for name, n := range b.BlockTypes {
		var items []tftypes.Value
		if n.NestingMode == "single" || parts[name].IsNull() || !parts[name].IsKnown() || parts[name].As(&items) != nil {
			continue
		}
		for i := range items {
			items[i] = n.Block.fill(items[i], fmt.Sprintf("%s/%s.%d", seed, name, i), known)
		}
		parts[name] = tftypes.NewValue(parts[name].Type(), items)
	}
	return tftypes.NewValue(value.Type(), parts)
}

func (s schema) filled(in *tfprotov6.DynamicValue, seed string, known bool) (*tfprotov6.DynamicValue, error) {
	kind := s.proto().ValueType()
	value, err := in.Unmarshal(kind)
	if err != nil {
		return nil, err
	}
	out, err := tfprotov6.NewDynamicValue(kind, s.Block.fill(value, seed, known))
	return &out, err
}

func failed(err error) []*tfprotov6.Diagnostic {
	if err == nil {
		return nil
	}
	return []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: err.Error()}}
}

func main() {
	name, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(os.Args[0]), "terraform-provider-"), "_")
	text, err := os.ReadFile(filepath.Join(os.Getenv("PROVIDER_SCHEMAS"), name+".json"))
	if err != nil {
		log.Fatalf("PROVIDER_SCHEMAS names the folder of the providers' schemas: %v", err)
	}
	var file struct {
		ProviderSchemas map[string]struct {
			Provider          schema
			ResourceSchemas   map[string]schema `json:"resource_schemas"`
			DataSourceSchemas map[string]schema `json:"data_source_schemas"`
		} `json:"provider_schemas"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		log.Fatal(err)
	}
	p := &provider{}
	source := ""
	for at, s := range file.ProviderSchemas {
		source = strings.Replace(at, "registry.opentofu.org", "registry.terraform.io", 1)
		p.own, p.resources, p.data = s.Provider, s.ResourceSchemas, s.DataSourceSchemas
	}
	server := func() tfprotov6.ProviderServer { return p }
	if err := tf6server.Serve(source, server); err != nil {
		log.Fatal(err)
	}
}
