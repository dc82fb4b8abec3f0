// Command terraform-provider-digitalocean stands in for the provider of that name where only its schema is known: the one
// that PROVIDER_SCHEMA names, as `tofu providers schema -json` prints it. OpenTofu and Terraform then check a stack against
// it (names, types, what is required, references, cycles), plan it, apply it into a state and plan again. It talks to
// nobody: what a real provider would learn from the vendor is made of the resource's own arguments.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type block struct {
	Attributes map[string]struct {
		Type                                                json.RawMessage
		Required, Optional, Computed, Sensitive, Deprecated bool
	}
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

var nesting = map[string]tfprotov5.SchemaNestedBlockNestingMode{
	"single": tfprotov5.SchemaNestedBlockNestingModeSingle,
	"list":   tfprotov5.SchemaNestedBlockNestingModeList,
	"set":    tfprotov5.SchemaNestedBlockNestingModeSet,
	"map":    tfprotov5.SchemaNestedBlockNestingModeMap,
}

func (b block) proto() *tfprotov5.SchemaBlock {
	out := &tfprotov5.SchemaBlock{}
	for name, a := range b.Attributes {
		kind, err := tftypes.ParseJSONType(a.Type) //nolint:staticcheck
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		out.Attributes = append(out.Attributes, &tfprotov5.SchemaAttribute{
			Name: name, Type: kind, Required: a.Required, Optional: a.Optional, Computed: a.Computed,
			Sensitive: a.Sensitive, Deprecated: a.Deprecated,
		})
	}
	for name, n := range b.BlockTypes {
		inner := &tfprotov5.SchemaNestedBlock{TypeName: name, Block: n.Block.proto(), Nesting: nesting[n.NestingMode]}
		if n.NestingMode != "single" {
			inner.MinItems, inner.MaxItems = n.MinItems, n.MaxItems
		}
		out.BlockTypes = append(out.BlockTypes, inner)
	}
	return out
}

func (s schema) proto() *tfprotov5.Schema {
	return &tfprotov5.Schema{Version: s.Version, Block: s.Block.proto()}
}

func protos(all map[string]schema) map[string]*tfprotov5.Schema {
	out := map[string]*tfprotov5.Schema{}
	for name, s := range all {
		out[name] = s.proto()
	}
	return out
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
			sum := sha256.Sum256([]byte(seed + "/" + name))
			parts[name] = tftypes.NewValue(tftypes.String, name+"-"+hex.EncodeToString(sum[:6]))
		case part.Type().Is(tftypes.Number):
			parts[name] = tftypes.NewValue(tftypes.Number, 25060)
		case part.Type().Is(tftypes.Bool):
			parts[name] = tftypes.NewValue(tftypes.Bool, false)
		case part.Type().Is(tftypes.List{}), part.Type().Is(tftypes.Set{}):
			parts[name] = tftypes.NewValue(part.Type(), []tftypes.Value{})
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

func (s schema) filled(in *tfprotov5.DynamicValue, seed string, known bool) (*tfprotov5.DynamicValue, error) {
	kind := s.proto().ValueType()
	value, err := in.Unmarshal(kind)
	if err != nil {
		return nil, err
	}
	out, err := tfprotov5.NewDynamicValue(kind, s.Block.fill(value, seed, known))
	return &out, err
}

func failed(err error) []*tfprotov5.Diagnostic {
	if err == nil {
		return nil
	}
	return []*tfprotov5.Diagnostic{{Severity: tfprotov5.DiagnosticSeverityError, Summary: err.Error()}}
}

func main() {
	text, err := os.ReadFile(os.Getenv("PROVIDER_SCHEMA"))
	if err != nil {
		log.Fatalf("PROVIDER_SCHEMA names the provider's schema: %v", err)
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
	for _, s := range file.ProviderSchemas {
		p.own, p.resources, p.data = s.Provider, s.ResourceSchemas, s.DataSourceSchemas
	}
	server := func() tfprotov5.ProviderServer { return p }
	if err := tf5server.Serve("registry.terraform.io/digitalocean/digitalocean", server); err != nil {
		log.Fatal(err)
	}
}
