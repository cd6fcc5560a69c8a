//! Resources of the host in components: given, lent, dropped, and mistaken for others.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use transom::component::{
    Component, Instance, Linker, Resource, ResourceAny, ResourceDynamic, ResourceType, Val,
};
use transom::{Engine, Store};

const HOLDER: &str = include_str!("components/holder.wat");

struct File;

fn holder() -> (Store<()>, Instance, Arc<AtomicU32>) {
    holder_of(ResourceType::host::<File>())
}

fn holder_of(ty: ResourceType) -> (Store<()>, Instance, Arc<AtomicU32>) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let dropped = Arc::new(AtomicU32::new(0));
    let count = dropped.clone();
    let mut linker = Linker::new(&engine);
    let mut root = linker.root();
    root.resource("r", ty, move |_, rep| {
        count.fetch_add(rep, Ordering::Relaxed);
        Ok(())
    })
    .unwrap();
    let component = Component::new(&engine, HOLDER).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    (store, instance, dropped)
}

#[test]
fn resources_are_given_lent_and_dropped() {
    let (mut store, instance, dropped) = holder();
    let give = instance
        .get_typed_func::<(Resource<File>,), (Resource<File>,)>(&mut store, "give-back")
        .unwrap();
    let (file,) = give.call(&mut store, (Resource::new_own(7),)).unwrap();
    assert!(file.owned() && file.rep() == 7 && dropped.load(Ordering::Relaxed) == 0);
    let look = instance
        .get_typed_func::<(&Resource<File>,), ()>(&mut store, "look")
        .unwrap();
    look.call(&mut store, (&file,)).unwrap();
    assert_eq!(dropped.load(Ordering::Relaxed), 0);
    let take = instance
        .get_typed_func::<(&Resource<File>,), ()>(&mut store, "take")
        .unwrap();
    take.call(&mut store, (&file,)).unwrap();
    assert_eq!(dropped.load(Ordering::Relaxed), 7);
    let error = take.call(&mut store, (&file,)).unwrap_err();
    assert!(error.to_string().contains("already consumed"), "{error:?}");
    take.call(&mut store, (&Resource::new_own(9),)).unwrap();
}

#[test]
fn types_of_resources_can_be_numbers() {
    const FILE: u32 = 3;
    let (mut store, instance, dropped) = holder_of(ResourceType::host_dynamic(FILE));
    let give = instance
        .get_typed_func::<(ResourceDynamic,), (ResourceDynamic,)>(&mut store, "give-back")
        .unwrap();
    let (file,) = give
        .call(&mut store, (ResourceDynamic::new_own(7, FILE),))
        .unwrap();
    assert!(file.owned() && file.rep() == 7 && file.ty() == FILE && dropped.load(Ordering::Relaxed) == 0);
    let look = instance
        .get_typed_func::<(&ResourceDynamic,), ()>(&mut store, "look")
        .unwrap();
    look.call(&mut store, (&file,)).unwrap();
    let error = look
        .call(&mut store, (&ResourceDynamic::new_borrow(7, FILE + 1),))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`r` is not the resource that the number 4 stands for"),
        "{error:?}"
    );
    let (mut store, instance, dropped) = holder_of(ResourceType::host_dynamic(FILE));
    let take = instance
        .get_typed_func::<(ResourceAny,), ()>(&mut store, "take")
        .unwrap();
    let any = file.try_into_resource_any(&mut store).unwrap();
    let file = any.try_into_resource_dynamic(&mut store).unwrap();
    assert!(file.owned() && file.rep() == 7 && file.ty() == FILE);
    let any = file.try_into_resource_any(&mut store).unwrap();
    take.call(&mut store, (any,)).unwrap();
    assert_eq!(dropped.load(Ordering::Relaxed), 7);
    // Neither kind of type stands for the other.
    let wrong = instance.get_typed_func::<(Resource<File>,), ()>(&mut store, "take");
    assert!(wrong.is_err());
    let (mut store, instance, _) = holder();
    let wrong = instance.get_typed_func::<(ResourceDynamic,), ()>(&mut store, "take");
    assert!(format!("{:#}", wrong.unwrap_err()).contains("whose type is a number"));
    let any = Resource::<File>::new_own(5)
        .try_into_resource_any(&mut store)
        .unwrap();
    assert!(any.try_into_resource_dynamic(&mut store).is_err());
}

#[test]
fn what_is_lent_is_given_back() {
    let (mut store, instance, _) = holder();
    let keep = instance
        .get_typed_func::<(Resource<File>,), ()>(&mut store, "keep")
        .unwrap();
    let error = keep.call(&mut store, (Resource::new_borrow(1),)).unwrap_err();
    assert!(
        error.to_string().contains("borrow handles still remain"),
        "{error:?}"
    );
}

#[test]
fn handles_of_the_host_are_tables_entries() {
    let (mut store, instance, dropped) = holder();
    let give = instance
        .get_typed_func::<(ResourceAny,), (ResourceAny,)>(&mut store, "give-back")
        .unwrap();
    let any = Resource::<File>::new_own(5)
        .try_into_resource_any(&mut store)
        .unwrap();
    let (back,) = give.call(&mut store, (any,)).unwrap();
    assert!(
        give.call(&mut store, (ResourceAny::clone(&any),)).is_ok() || back == any,
        "an index is used again"
    );
    let (mut other, ..) = holder();
    assert!(
        back.resource_drop(&mut other).is_err(),
        "it belongs to another store"
    );
    let _ = dropped;
}

#[test]
fn resources_of_other_types_are_refused() {
    let (mut store, instance, _) = holder();
    assert!(
        instance
            .get_typed_func::<(Resource<String>,), ()>(&mut store, "take")
            .is_err()
    );
    let any = Resource::<String>::new_own(5)
        .try_into_resource_any(&mut store)
        .unwrap();
    let take = instance.get_func(&mut store, "take").unwrap();
    let error = take.call(&mut store, &[Val::Resource(any)], &mut []).unwrap_err();
    assert!(
        format!("{error:#}").contains("mismatched resource types"),
        "{error:?}"
    );
}
