package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func (p *provider) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return &tfprotov6.GetMetadataResponse{}, nil
}

func (p *provider) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		Provider: p.own.proto(), ResourceSchemas: protos(p.resources), DataSourceSchemas: protos(p.data),
	}, nil
}

func (p *provider) ValidateProviderConfig(_ context.Context, r *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: r.Config}, nil
}

func (p *provider) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (p *provider) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (p *provider) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

// UpgradeResourceState takes the state as this schema wrote it.
func (p *provider) UpgradeResourceState(_ context.Context, r *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	kind := p.resources[r.TypeName].proto().ValueType()
	value, err := r.RawState.Unmarshal(kind)
	if err != nil {
		return &tfprotov6.UpgradeResourceStateResponse{Diagnostics: failed(err)}, nil
	}
	state, err := tfprotov6.NewDynamicValue(kind, value)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &state, Diagnostics: failed(err)}, nil
}

// ReadResource finds everything as it was left.
func (p *provider) ReadResource(_ context.Context, r *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: r.CurrentState}, nil
}

// replaces names what the provider can only change by making another resource, where the stacks guard against that.
// Source: ForceNew in the provider's resource_kubernetes_cluster.go, kubernetes.go and resource_database_cluster.go.
var replaces = map[string][]*tftypes.AttributePath{
	"digitalocean_kubernetes_cluster": {
		tftypes.NewAttributePath().WithAttributeName("region"),
		tftypes.NewAttributePath().WithAttributeName("node_pool").WithElementKeyInt(0).WithAttributeName("size"),
	},
	"digitalocean_database_cluster": {tftypes.NewAttributePath().WithAttributeName("name")},
}

// replaced says which of them differ between two states.
func replaced(name string, before, after tftypes.Value) (paths []*tftypes.AttributePath) {
	for _, path := range replaces[name] {
		was, _, e1 := tftypes.WalkAttributePath(before, path)
		is, _, e2 := tftypes.WalkAttributePath(after, path)
		old, ok1 := was.(tftypes.Value)
		new, ok2 := is.(tftypes.Value)
		// What was imported says nothing yet.
		if e1 == nil && e2 == nil && ok1 && ok2 && !old.IsNull() && !old.Equal(new) {
			paths = append(paths, path)
		}
	}
	return paths
}

// PlanResourceChange keeps what was computed before and leaves the rest unknown.
func (p *provider) PlanResourceChange(_ context.Context, r *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	out := &tfprotov6.PlanResourceChangeResponse{UnsafeToUseLegacyTypeSystem: true} //nolint:staticcheck
	kind := p.resources[r.TypeName].proto().ValueType()
	before, err := r.PriorState.Unmarshal(kind)
	if err != nil {
		out.Diagnostics = failed(err)
		return out, nil
	}
	if before.IsNull() {
		out.PlannedState, err = p.resources[r.TypeName].filled(r.ProposedNewState, "", false)
	} else {
		// What is there keeps what was made of it.
		out.PlannedState = r.ProposedNewState
		var after tftypes.Value
		if after, err = r.ProposedNewState.Unmarshal(kind); err == nil && !after.IsNull() {
			out.RequiresReplace = replaced(r.TypeName, before, after)
		}
	}
	out.Diagnostics = failed(err)
	return out, nil
}

// ApplyResourceChange makes what was unknown of the resource's own arguments.
func (p *provider) ApplyResourceChange(_ context.Context, r *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	kind := p.resources[r.TypeName].proto().ValueType()
	seed := r.TypeName
	if value, err := r.Config.Unmarshal(kind); err == nil {
		seed += value.String()
	}
	state, err := p.resources[r.TypeName].filled(r.PlannedState, seed, true)
	return &tfprotov6.ApplyResourceChangeResponse{NewState: state, Diagnostics: failed(err), UnsafeToUseLegacyTypeSystem: true}, nil //nolint:staticcheck
}

// ImportResourceState finds a resource of which only the id is known.
func (p *provider) ImportResourceState(_ context.Context, r *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	out := &tfprotov6.ImportResourceStateResponse{}
	kind, ok := p.resources[r.TypeName].proto().ValueType().(tftypes.Object)
	if !ok {
		return out, nil
	}
	parts := map[string]tftypes.Value{}
	for name, inner := range kind.AttributeTypes {
		parts[name] = tftypes.NewValue(inner, nil)
		if n, block := p.resources[r.TypeName].Block.BlockTypes[name]; block && n.NestingMode != "single" {
			parts[name] = tftypes.NewValue(inner, []tftypes.Value{})
		}
	}
	parts["id"] = tftypes.NewValue(tftypes.String, r.ID)
	state, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, parts))
	out.ImportedResources = []*tfprotov6.ImportedResource{{TypeName: r.TypeName, State: &state}}
	out.Diagnostics = failed(err)
	return out, nil
}

func (p *provider) MoveResourceState(context.Context, *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	return &tfprotov6.MoveResourceStateResponse{}, nil
}

func (p *provider) UpgradeResourceIdentity(context.Context, *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return &tfprotov6.UpgradeResourceIdentityResponse{}, nil
}

func (p *provider) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (p *provider) GenerateResourceConfig(context.Context, *tfprotov6.GenerateResourceConfigRequest) (*tfprotov6.GenerateResourceConfigResponse, error) {
	return &tfprotov6.GenerateResourceConfigResponse{}, nil
}

func (p *provider) ValidateDataResourceConfig(context.Context, *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

func (p *provider) ReadDataSource(_ context.Context, r *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	state, err := p.data[r.TypeName].filled(r.Config, "data."+r.TypeName, true)
	return &tfprotov6.ReadDataSourceResponse{State: state, Diagnostics: failed(err)}, nil
}

func (p *provider) GetFunctions(context.Context, *tfprotov6.GetFunctionsRequest) (*tfprotov6.GetFunctionsResponse, error) {
	return &tfprotov6.GetFunctionsResponse{Functions: map[string]*tfprotov6.Function{}}, nil
}

func (p *provider) CallFunction(context.Context, *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	return &tfprotov6.CallFunctionResponse{Result: nil}, nil
}

func (p *provider) ValidateEphemeralResourceConfig(context.Context, *tfprotov6.ValidateEphemeralResourceConfigRequest) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	return &tfprotov6.ValidateEphemeralResourceConfigResponse{}, nil
}

func (p *provider) OpenEphemeralResource(context.Context, *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return &tfprotov6.OpenEphemeralResourceResponse{}, nil
}

func (p *provider) RenewEphemeralResource(context.Context, *tfprotov6.RenewEphemeralResourceRequest) (*tfprotov6.RenewEphemeralResourceResponse, error) {
	return &tfprotov6.RenewEphemeralResourceResponse{}, nil
}

func (p *provider) CloseEphemeralResource(context.Context, *tfprotov6.CloseEphemeralResourceRequest) (*tfprotov6.CloseEphemeralResourceResponse, error) {
	return &tfprotov6.CloseEphemeralResourceResponse{}, nil
}
